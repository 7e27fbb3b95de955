import { describe, expect, it } from 'vitest'
import { guardRequest, type GuardedRequest } from '../../../src/sim/control/request-guard.ts'

const PORT = 4100
const HEADERS = {
  host: `127.0.0.1:${PORT}`,
  'x-hedgebot-control': '1',
  'content-type': 'application/json',
}

function guard(
  headers: GuardedRequest['headers'] = {},
  more: Partial<GuardedRequest> = {},
): string | undefined {
  return guardRequest({
    remoteAddress: '127.0.0.1',
    method: 'POST',
    path: '/price',
    port: PORT,
    ...more,
    headers: { ...HEADERS, ...headers },
  })?.code
}

describe('the guard of the control surface', () => {
  it.each([
    [{}],
    [{ host: `localhost:${PORT}` }],
    [{ host: `[::1]:${PORT}` }],
    [{ host: `LOCALHOST:${PORT}` }],
    [{ 'content-type': 'application/json; charset=utf-8' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('lets programs of this machine in: %j', (headers) => {
    expect(guard(headers)).toBeUndefined()
  })

  it.each(['127.0.0.1', '127.3.4.5', '::1', '::ffff:127.0.0.1'])('knows %s as own', (address) => {
    expect(guard({}, { remoteAddress: address })).toBeUndefined()
  })

  it.each(['10.0.0.1', '192.168.0.7', '::ffff:10.0.0.1', 'fe80::1', '', '127.0.0.1.evil'])(
    'turns away what comes from %s',
    (remoteAddress) => {
      expect(guard({}, { remoteAddress })).toBe('control_remote')
    },
  )

  it.each([
    // A page's name that resolves to this machine.
    'evil.example:4100',
    '127.0.0.1.evil.example:4100',
    '127.0.0.1:4101',
    '127.0.0.1',
    '0.0.0.0:4100',
    '',
    undefined,
  ])('turns away the host %s', (host) => {
    expect(guard({ host })).toBe('control_host')
    expect(guard({ host }, { method: 'GET', path: '/help' })).toBe('control_host')
  })

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: `http://127.0.0.1:${PORT}` }],
    [{ origin: 'null' }],
    [{ origin: '' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-origin' }],
  ])('turns away pages: %j', (headers) => {
    expect(guard(headers)).toBe('control_origin')
    expect(guard(headers, { method: 'GET', path: '/help' })).toBe('control_origin')
    expect(guard(headers, { method: 'OPTIONS' })).toBe('control_origin')
  })

  it('wants its header everywhere but at the help text', () => {
    const without = { 'x-hedgebot-control': undefined }
    expect(guard(without)).toBe('control_header')
    expect(guard({ 'x-hedgebot-control': '0' })).toBe('control_header')
    expect(guard(without, { method: 'GET', path: '/state' })).toBe('control_header')
    expect(guard(without, { method: 'GET', path: '/help' })).toBeUndefined()
    expect(guard(without, { method: 'POST', path: '/help' })).toBe('control_header')
  })

  it.each([
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    'text/plain;application/json',
  ])('takes JSON bodies only, not %s', (type) => {
    expect(guard({ 'content-type': type })).toBe('control_content_type')
  })
})
