/** A receiver of POSTs on loopback. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HttpReceiver {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  /** Decides what is answered. */
  answer: (response: ServerResponse, received: Received) => void
  openCount(): number
  close(): Promise<void>
}

export async function startReceiver(answer?: HttpReceiver['answer']): Promise<HttpReceiver> {
  const open = new Set<Socket>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const received = { method, url, headers, body: Buffer.concat(chunks).toString() }
      receiver.received.push(received)
      receiver.answer(response, received)
    })
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    received: [],
    answer: answer ?? ((response) => response.end('{"ok":true}')),
    openCount: () => open.size,
    async close() {
      const isClosed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await isClosed
    },
  }
  return receiver
}

/** Answers with this status, body and headers. */
export function say(
  status: number,
  body: string | object = '',
  headers: Readonly<Record<string, string>> = {},
): HttpReceiver['answer'] {
  return (response) => {
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Misbehaviour that any receiver is capable of. */
export const hangs: HttpReceiver['answer'] = () => undefined
export const closes: HttpReceiver['answer'] = (response) => response.destroy()
export const closesInTheMiddle: HttpReceiver['answer'] = (response) => {
  response.writeHead(200, { 'Content-Length': '1000' })
  response.write('{"ok":', () => response.destroy())
}
