/**
 * Who may use the control surface: programs on this machine, and no web page, whatever it tries (a page can send forms
 * and simple requests to loopback ports, and can make its own name resolve to 127.0.0.1). Pure.
 * @module
 */

/** The header that a request must carry; a page cannot set it without asking first, and nobody answers its asking. */
export const CONTROL_HEADER = 'x-hedgebot-control'

/** They show the help text, which holds nothing of what goes on. */
const HELP_PATHS: readonly string[] = ['/', '/help']

/** What the guard looks at; header names in lower case. */
export interface GuardedRequest {
  readonly remoteAddress: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Of the control server. */
  readonly port: number
}

/** Why a request is turned away. */
export interface GuardRefusal {
  readonly status: 403 | 415
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** Undefined when the request may be served. The help text alone is shown without the header. */
export function guardRequest(request: GuardedRequest): GuardRefusal | undefined {
  const { headers, port } = request
  if (!isOwnMachine(request.remoteAddress)) {
    return no('control_remote', 'only this machine is served', 'Connect from 127.0.0.1.')
  }
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
  if (!hosts.includes(textOf(headers['host']).toLowerCase())) {
    return no('control_host', 'this is not the name of this server', `Use ${hosts[0]}.`)
  }
  const site = headers['sec-fetch-site']
  if (headers['origin'] !== undefined || (site !== undefined && site !== 'none')) {
    return no('control_origin', 'web pages are not served', 'Use curl or a program.')
  }
  if (request.method === 'GET' && HELP_PATHS.includes(request.path)) return undefined
  if (textOf(headers[CONTROL_HEADER]) !== '1') {
    const hint = `Add the header ${CONTROL_HEADER}: 1.`
    return no('control_header', `the header ${CONTROL_HEADER} is missing`, hint)
  }
  const type = textOf(headers['content-type'])
  if (request.method === 'POST' && !/^application\/json(\s*;|\s*$)/i.test(type)) {
    return {
      status: 415,
      code: 'control_content_type',
      message: 'the body must be JSON',
      hint: 'Add the header content-type: application/json.',
    }
  }
  return undefined
}

function no(code: string, message: string, hint: string): GuardRefusal {
  return { status: 403, code, message, hint }
}

function isOwnMachine(address: string): boolean {
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address) || address === '::1'
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}
