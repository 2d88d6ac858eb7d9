// Standard input, output and error.
#pragma once

namespace app {

// Whoever starts us may have closed any of the three. The next file opened would then get its number, and a
// line meant for people would go to a neighbour or to the kernel. Takes their places with what fails as a
// closed one does: input that cannot be read, output that cannot be written. Before anything else is opened.
void fill_closed_standard_streams();

// Writes what is buffered of standard output. That it could not be is no reason to end; why is kept for the
// end. By the main thread.
void flush_output();

// Flushes, and why that or an earlier one failed (errno), or 0.
int output_failure();

}  // namespace app
