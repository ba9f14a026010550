// Reads _headers and _redirects of a folder with Netlify's own parsers.
// node netlify_rules.mjs NODE_MODULES FOLDER -> {headers, redirects, errors}
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const load = (name) =>
  import(pathToFileURL(join(modules, "@netlify", name, "lib", "index.js")).href);
const { parseAllHeaders } = await load("headers-parser");
const { parseAllRedirects } = await load("redirect-parser");
const headers = await parseAllHeaders({ headersFiles: [join(folder, "_headers")] });
const redirects = await parseAllRedirects({
  redirectsFiles: [join(folder, "_redirects")],
});
console.log(
  JSON.stringify({
    headers: headers.headers,
    redirects: redirects.redirects,
    errors: [...headers.errors, ...redirects.errors].map(String),
  }),
);
