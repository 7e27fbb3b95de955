/** Looks for secrets in everything that was written, in every form in which they could slip out. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Planted } from './secrets.ts'

/** Something that was said or written. */
export interface Place {
  readonly where: string
  readonly text: string
}

/** A secret that was found. */
export interface Hit {
  readonly secret: string
  readonly form: string
  readonly where: string
  /** The text around it. */
  readonly near: string
}

interface Needle {
  readonly secret: string
  readonly form: string
  /** In lower case. */
  readonly text: string
}

/** The forms are written down here again on purpose: the redactor's own would find only what it knows. */
function needlesOf({ name, text, parts, username }: Planted): readonly Needle[] {
  const logins =
    username === undefined
      ? []
      : [`${username}:${text}`, `\0${username}\0${text}`, `${username}\0${username}\0${text}`]
  const forms = [text, ...parts].flatMap((secret) => [
    ['plain', secret],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1)],
    ['percent', encodeURIComponent(secret)],
    ['percent, decoded', decodedOf(secret)],
    ['address', encodeURI(secret)],
    ['form', new URLSearchParams([['', secret]]).toString().slice(1)],
    ['HTML', secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
    ['latin1', Buffer.from(secret).toString('latin1')],
    ['hex', Buffer.from(secret).toString('hex')],
    ...base64At(secret),
  ])
  const loginForms = logins.map((login) => ['login', Buffer.from(login).toString('base64')])
  const needles = [...forms, ...loginForms].map(([form = '', form_text = '']) => ({
    secret: name,
    form,
    text: form_text.toLowerCase(),
  }))
  const unique = new Map(needles.map((needle) => [needle.text, needle]))
  return [...unique.values()].filter((needle) => needle.text.length >= SHORTEST)
}

function decodedOf(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** In the middle of a longer text, at each of the three places: without the characters that the neighbours share. */
function base64At(secret: string): string[][] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString('base64')
    const core = text.replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, -1)
    return [
      ['base64', core],
      ['base64url', core.replaceAll('+', '-').replaceAll('/', '_')],
    ]
  })
}

/**
 * Every hit, one for each secret, form and place. One walk over each text, since there are thousands of needles: a token
 * for every account and command.
 */
export function search(places: readonly Place[], secrets: readonly Planted[]): readonly Hit[] {
  const byStart = new Map<string, Needle[]>()
  for (const needle of secrets.flatMap(needlesOf)) {
    const start = needle.text.slice(0, SHORTEST)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
  }
  return places.flatMap(({ where, text }) => {
    const found = new Map<Needle, Hit>()
    const folded = text.toLowerCase()
    for (let at = 0; at + SHORTEST <= folded.length; at += 1) {
      const candidates = byStart.get(folded.slice(at, at + SHORTEST)) ?? []
      for (const needle of candidates) {
        if (!folded.startsWith(needle.text, at)) continue
        const near = text.slice(Math.max(0, at - 60), at + needle.text.length + 30)
        found.set(needle, { secret: needle.secret, form: needle.form, where, near })
      }
    }
    return [...found.values()]
  })
}

/** What is shorter is found by chance. */
const SHORTEST = 8

/** Every file below a folder as bytes, and as the text that they are, but for those that have the secrets. */
export function readPlaces(folder: string, isLeftOut: (path: string) => boolean): readonly Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isLeftOut(path))
    .flatMap((path) => {
      const bytes = readFileSync(path)
      const texts = new Set([bytes.toString('latin1'), bytes.toString('utf8')])
      return [...texts].map((text) => ({ where: path, text }))
    })
}
