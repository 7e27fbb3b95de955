/** A SOCKS 5 server (RFC 1928, RFC 1929) for tests, and what it saw; each answer can be replaced. */
import net, { type Socket } from 'node:net'
import type { Behaviour } from './misbehaving-proxy.ts'

export interface SocksAnswers {
  readonly login?: { readonly username: string; readonly password: string }
  /** Instead of the chosen method, `05 00` or `05 02`. */
  readonly method?: Buffer | 'nothing' | 'close'
  /** Instead of the status of the login. */
  readonly status?: Buffer | 'nothing' | 'close'
  /** Instead of the reply to the request. */
  readonly reply?: Buffer | 'nothing' | 'close'
  /** Writes every answer a byte at a time. */
  readonly isSlow?: boolean
  /** Local address that connections to the target leave from. */
  readonly localAddress?: string
}

export interface SocksSeen {
  /** Address type and address of every request, as bytes. */
  readonly addresses: Buffer[]
  readonly logins: { readonly username: string; readonly password: string }[]
}

const GRANTED = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])

/** Connects to 127.0.0.1, whatever name or address is asked for; the port is taken from the request. */
export function socksServer(answers: SocksAnswers, seen: SocksSeen = newSeen()): Behaviour {
  return (client) => void serve(client, answers, seen).catch(() => client.destroy())
}

export function newSeen(): SocksSeen {
  return { addresses: [], logins: [] }
}

async function serve(client: Socket, answers: SocksAnswers, seen: SocksSeen): Promise<void> {
  const say = (ordinary: Buffer, instead: Buffer | 'nothing' | 'close' | undefined): boolean => {
    if (instead === 'close') client.end()
    else if (instead !== 'nothing') write(client, instead ?? ordinary, answers.isSlow === true)
    return instead === undefined
  }
  const read = reader(client)
  const [, count = 0] = await read(2)
  const methods = await read(count)
  const wanted = answers.login === undefined ? 0 : 2
  const method = methods.includes(wanted) ? wanted : 0xff
  if (!say(Buffer.from([5, method]), answers.method)) return
  if (method === 2) {
    const username = (await read((await read(2))[1] ?? 0)).toString()
    const password = (await read((await read(1))[0] ?? 0)).toString()
    seen.logins.push({ username, password })
    const isRight = username === answers.login?.username && password === answers.login?.password
    if (!say(Buffer.from([1, isRight ? 0 : 1]), answers.status)) return
  }
  const [, , , type] = await read(4)
  const length = type === 1 ? Buffer.of() : type === 4 ? Buffer.of() : await read(1)
  const address = await read(type === 1 ? 4 : type === 4 ? 16 : (length[0] ?? 0))
  seen.addresses.push(Buffer.concat([Buffer.of(type ?? 0), address]))
  const port = (await read(2)).readUInt16BE()
  if (!say(GRANTED, answers.reply)) return
  const { localAddress } = answers
  const upstream = net.connect({
    port,
    host: '127.0.0.1',
    ...(localAddress ? { localAddress } : {}),
  })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
  client.pipe(upstream).pipe(client)
}

/** Reads exactly so many bytes; what is left stays in the socket. */
function reader(client: Socket): (count: number) => Promise<Buffer> {
  return (count) =>
    new Promise((resolve, reject) => {
      const attempt = (): void => {
        const bytes = count === 0 ? Buffer.of() : (client.read(count) as Buffer | null)
        if (bytes === null) return
        client.off('readable', attempt).off('close', reject)
        resolve(bytes)
      }
      client.on('readable', attempt).on('close', reject)
      attempt()
    })
}

function write(client: Socket, bytes: Buffer, isSlow: boolean): void {
  if (!isSlow) {
    client.write(bytes)
    return
  }
  let at = 0
  const timer = setInterval(() => {
    if (at >= bytes.length || client.destroyed) clearInterval(timer)
    else client.write(bytes.subarray(at, (at += 1)))
  }, 2)
}
