// Runs the deployed worker as the vendor's runtime does, as far as it can be seen by a
// visitor: modules, the ASSETS binding, Request and Response. Its answers over HTTP.
import http from "node:http";
import vm from "node:vm";

const [deployed] = process.argv.slice(2);
let running = { version: 0 };

async function current() {
  const found = await (await fetch(deployed)).json();
  if (found.version !== running.version) {
    running = { version: found.version, worker: await loaded(found), assets: found.assets };
  }
  return running;
}

async function loaded({ main, modules }) {
  const context = vm.createContext({ URL, Request, Response, Headers, Date, JSON });
  const script = new vm.SourceTextModule(modules[main], { context, identifier: main });
  await script.link((specifier) => {
    const text = modules[specifier.replace(/^\.\//, "")];
    if (text === undefined) throw new Error(`No such module ${specifier}`);
    return new vm.SyntheticModule(
      ["default"],
      function () { this.setExport("default", text); },
      { context },
    );
  });
  await script.evaluate();
  return script.namespace.default;
}

// workers/static-assets/binding: any host name; only what is there, only for reading
function binding(assets) {
  return {
    async fetch(input) {
      const request = new Request(input);
      if (!["GET", "HEAD"].includes(request.method)) return new Response(null, { status: 405 });
      const text = assets[new URL(request.url).pathname];
      if (text === undefined) return new Response(null, { status: 404 });
      return new Response(Buffer.from(text, "latin1"), {
        headers: { "Content-Type": "application/octet-stream", "Cache-Control": "public" },
      });
    },
  };
}

const server = http.createServer(async (incoming, outgoing) => {
  try {
    incoming.resume();
    const { worker, assets } = await current();
    if (!worker) return outgoing.writeHead(404).end("no such worker");
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
    });
    const answer = await worker.fetch(request, { ASSETS: binding(assets) });
    const body = Buffer.from(await answer.arrayBuffer());
    const headers = Object.fromEntries(answer.headers);
    const bare = incoming.method === "HEAD" || answer.status === 304;
    if (bare && body.length) throw new Error("a body where none may be");
    if (!bare) headers["content-length"] = body.length;
    outgoing.writeHead(answer.status, headers).end(body);
  } catch (error) {
    outgoing.writeHead(500).end(`Error 1101: ${error.stack}`);
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
