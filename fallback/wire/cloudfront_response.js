// CloudFront Function (cloudfront-js-2.0), viewer response: the page says 503.
//
// Told by its type, because the address that was asked for says nothing any more.
// Without a validator no browser keeps it and asks for "not modified" later.

function handler(event) {
  var response = event.response;
  var type = response.headers['content-type'];
  if (response.statusCode === 200 && type && type.value.startsWith('text/html')) {
    response.statusCode = 503;
    response.statusDescription = 'Service Unavailable';
    response.headers['retry-after'] = { value: '3600' };
    delete response.headers['etag'];
    delete response.headers['last-modified'];
  }
  return response;
}
