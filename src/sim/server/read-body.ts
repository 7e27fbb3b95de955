import type { IncomingMessage } from 'node:http'

/** What came of a body: its text, or why there is none. */
export type ReadBody = { readonly text: string } | { readonly failed: 'too-large' | 'broken' }

/**
 * Reads a request body of at most `maxBytes`. Of a larger one the rest is thrown away unread, so that the refusal can
 * still be delivered; `broken` means that the client went away.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    request.resume()
    return Promise.resolve({ failed: 'too-large' })
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBytes) return
      request.off('data', onData)
      request.resume()
      resolve({ failed: 'too-large' })
    }
    request.on('data', onData)
    request.once('end', () => resolve({ text: Buffer.concat(chunks).toString('utf8') }))
    request.once('close', () => resolve({ failed: 'broken' }))
    request.once('error', () => resolve({ failed: 'broken' }))
  })
}
