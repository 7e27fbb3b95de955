/** Pages of what stands in front of the venue; a client must not assume that a body is JSON (PROTOCOL.md section 1). */
export const FORBIDDEN_PAGE = page('403 ERROR', 'The request could not be satisfied.')
export const NOT_ALLOWED_PAGE = page('405 Not Allowed', 'Human verification required.')
export const UNAVAILABLE_PAGE = page('503 Service Unavailable', 'Scheduled maintenance.')
export const BAD_GATEWAY_PAGE = page('502 Bad Gateway', 'The server returned an invalid answer.')

function page(title: string, text: string): string {
  return `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`
}
