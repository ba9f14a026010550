// The page on Cloudflare: 503 with the page to everything, 200 only for what the page
// itself needs. It knows no host as its own, so it also works on a route of a zone, in
// front of a shop that is dead. What it answers is decided by site.txt alone, which
// fallback writes anew with every publish, in the same version as the assets.
import manifest from "./manifest.txt";
import text from "./site.txt";

const PAGE = "index.html";
const MANIFEST = "_fallback/manifest.json";
const NOT_ASKED_FOR = new Set([PAGE, "404.html", "_headers", "_redirects"]);
const LATER = "3600";
// at the edge only: whatever a zone's cache rules say, nothing outlives the outage there
const NEVER_KEPT = { "Cloudflare-CDN-Cache-Control": "no-store" };

const site = JSON.parse(text);

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const path = decoded(url.pathname.slice(1));
    const known = Object.hasOwn(site.files, path) && !NOT_ASKED_FOR.has(path);
    if (request.method === "GET" || request.method === "HEAD") {
      if (known) return file(request, env, path);
      if ((path === "" || path === PAGE) && isStatusAddress(url.hostname)) {
        return file(request, env, PAGE);
      }
    }
    return unavailable(request, env, known && isPage(path) ? path : PAGE);
  },
};

async function file(request, env, path) {
  const about = site.files[path];
  if (!about) return unavailable(request, env, PAGE);
  const headers = { ...headersOf(about), ETag: `"${about.sha256.slice(0, 32)}"` };
  if (knows(request.headers.get("If-None-Match") ?? "", headers.ETag)) {
    return new Response(null, { status: 304, headers });
  }
  if (request.method === "HEAD") return new Response(null, { headers });
  const body = await bodyOf(env, path);
  return body === null ? unavailable(request, env, PAGE) : new Response(body, { headers });
}

async function unavailable(request, env, path) {
  const about = site.files[path];
  const body = about && request.method !== "HEAD" ? await bodyOf(env, path) : null;
  const plain = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
  const bare = !about || (body === null && request.method !== "HEAD");
  const headers = { ...(bare ? plain : headersOf(about)), "Retry-After": retryAfter() };
  const words = bare && request.method !== "HEAD" ? "temporarily unavailable\n" : body;
  return new Response(words, { status: 503, headers });
}

function headersOf(about) {
  return { ...site.headers, ...about.headers, ...NEVER_KEPT };
}

async function bodyOf(env, path) {
  if (path === MANIFEST) return manifest;
  try {
    // a request of our own: the visitor's method, range and conditions are not for it
    const answer = await env.ASSETS.fetch(`https://assets.local${site.files[path].asset}`);
    return answer.status === 200 ? answer.body : null;
  } catch {
    return null;
  }
}

function isPage(path) {
  return (site.files[path].headers["Content-Type"] ?? "").startsWith("text/html");
}

function isStatusAddress(hostname) {
  return hostname.endsWith(".workers.dev") || site.status_hosts.includes(hostname);
}

// never a moment that has passed
function retryAfter() {
  return Date.parse(site.back ?? "") > Date.now() ? site.back : LATER;
}

// weakly, as RFC 9110 section 13.1.2 says; the edge makes a tag weak when it compresses
function knows(ifNoneMatch, tag) {
  const known = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return known.includes(tag) || known.includes("*");
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
