// Requests to the lab: the same as on its control socket (app/request.h), those of them that the page may make.

// The answer; throws an Error with the lab's sentence.
export async function ask(request: Record<string, unknown>): Promise<any> {
  let response: Response;
  try {
    response = await fetch("/api", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
  } catch {
    throw new Error("the lab cannot be reached");
  }
  const text = await response.text();
  let answer: any;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(text.trim() || `status ${response.status}`);
  }
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// A table of a router, put together from its pieces, of which a page takes no more than `most`.
export async function table(router: string, kind: string, most = 4): Promise<{ document: any; more: boolean }> {
  let text = "";
  let after: string | undefined;
  let rows = 0;
  for (let piece = 0; piece < most; ++piece) {
    const answer = await ask({ op: "table", router, table: kind, format: "json", rowsBefore: rows, ...(after ? { after } : {}) });
    text += answer.text;
    rows += answer.rows;
    after = answer.next;
    if (!after) return { document: JSON.parse(text), more: false };
  }
  return { document: JSON.parse(text + "]}"), more: true };
}
