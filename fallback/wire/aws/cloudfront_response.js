// CloudFront Function (cloudfront-js-2.0), viewer response: the page says 503.
//
// Told by its type, because the address that was asked for says nothing any more.
// Without a validator no browser keeps it and asks for "not modified" later.
// When the shop will be back is metadata of the page itself, so whoever may publish
// needs no right to change this function.

function retryAfter(headers) {
  var back = headers['x-amz-meta-back'];
  // never a moment that has passed
  return back && Date.parse(back.value) > Date.now() ? back.value : '3600';
}

function handler(event) {
  var response = event.response;
  var type = response.headers['content-type'];
  if (response.statusCode === 200 && type && type.value.startsWith('text/html')) {
    response.statusCode = 503;
    response.statusDescription = 'Service Unavailable';
    response.headers['retry-after'] = { value: retryAfter(response.headers) };
    delete response.headers['etag'];
    delete response.headers['last-modified'];
  }
  return response;
}
