// Bundles the page and writes it as one C++ source: node web/build.mjs OUT.cc
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];

const bundle = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.ts", "src/app.css"],
  bundle: true,
  minify: true,
  write: false,
  outdir: "out",
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  legalComments: "inline",
  logLevel: "warning",
});
const file = (end) => bundle.outputFiles.find((one) => one.path.endsWith(end)).contents;
const assets = [
  ["/", "text/html; charset=utf-8", await readFile(join(here, "src/index.html"))],
  ["/app.js", "text/javascript; charset=utf-8", file("app.js")],
  ["/app.css", "text/css; charset=utf-8", file("app.css")],
  ["/icon.svg", "image/svg+xml", await readFile(join(here, "src/icon.svg"))],
];

const octets = (content) => {
  const lines = [];
  for (let at = 0; at < content.length; at += 64) lines.push(Array.from(content.subarray(at, at + 64)).join(","));
  return lines.join(",\n");
};
let text = '// Made by web/build.mjs.\n#include "app/web_assets.h"\n\nnamespace {\n\n';
assets.forEach(([, , content], i) => {
  text += `constexpr unsigned char kContent${i}[] = {${octets(content)}};\n`;
});
text += "\nstd::string_view text(const unsigned char* at, std::size_t size) { return {reinterpret_cast<const char*>(at), size}; }\n\n}  // namespace\n\n";
text += "std::span<const app::WebAsset> app::web_assets() {\n  static const WebAsset assets[] = {\n";
assets.forEach(([path, type], i) => {
  text += `    {"${path}", "${type}", text(kContent${i}, sizeof kContent${i})},\n`;
});
text += "  };\n  return assets;\n}\n";
await writeFile(out, text);
