// CloudFront Function (cloudfront-js-2.0), viewer request: which object is asked for.
//
// Everything is the page. Robots' rules and workers are themselves: crawlers and
// browsers ask for them at their own addresses. Whatever is no reading is refused
// here, so that it never reaches the bucket, and a payment provider tries again.

var WORKERS = []; // those whose address does not end in .js: setup writes them here

var NEVER_PARTLY = [
  // a page that is half there, or "not modified", cannot be answered with 503
  'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since',
  'if-unmodified-since'
];

function handler(event) {
  var request = event.request;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return {
      statusCode: 503,
      statusDescription: 'Service Unavailable',
      headers: {
        'cache-control': { value: 'no-store' },
        'content-type': { value: 'text/plain; charset=utf-8' },
        'retry-after': { value: '3600' }
      },
      body: { encoding: 'text', data: 'The shop is away. Please try again later.\n' }
    };
  }
  var itself = request.uri === '/robots.txt' || request.uri.endsWith('.js') ||
    WORKERS.includes(request.uri);
  if (!itself) {
    request.uri = '/index.html';
    NEVER_PARTLY.forEach(function (name) { delete request.headers[name]; });
  }
  return request;
}
