/**
 * Loaded into a child before the program (`node --import`): names the points that it passes, and does something at one
 * of them. A point is a commit of the journal or a send, before or after it, counted from 1 in every process:
 *
 *     commit-before:orders#1  commit-after:fills#3  send-after:order#2  post-before:any#1
 *
 * `commit` is a write transaction of the journal that changed something, named after the most important table in it;
 * `send` is a transaction over the WebSocket, named after its type at the venue, and `post` one over REST.
 *
 *     HEDGEBOT_PROOF_POINTS  file to which every point is appended, a line each
 *     HEDGEBOT_PROOF_AT      the point at which something happens
 *     HEDGEBOT_PROOF_DO      what: kill (SIGKILL), stop (SIGSTOP), full (no file can grow any more)
 *     HEDGEBOT_PROOF_CLOCK   milliseconds by which the wall clock is ahead, negative: behind
 *     HEDGEBOT_PROOF_JUMP    milliseconds by which SIGUSR2 sets it, negative: back
 * @module
 */
import { spawnSync } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { basename } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { WebSocket } from 'ws'

const { env } = process

/** What may happen at a point. Nothing of this process runs between a signal to itself and its effect. */
const DEEDS = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  stop: () => process.kill(process.pid, 'SIGSTOP'),
  full: () => letNoFileGrow(),
}

/** What a commit is named after when it changed several tables: the first of these. */
const RANK = ['schema', 'orders', 'outcomes', 'fills', 'hedges', 'legs', 'lanes', 'runs']

/** Transaction types of the venue (PROTOCOL.md section 5). */
const TYPES = { 14: 'order', 15: 'cancel', 20: 'leverage', 28: 'grouped' }

// Threads inherit the preload; the journal and the sockets are the main thread's.
if (isMainThread) {
  const pass = createPoints()
  watchCommits(pass)
  watchSocketSends(pass)
  watchPosts(pass)
  setClock(Number(env.HEDGEBOT_PROOF_CLOCK ?? 0), Number(env.HEDGEBOT_PROOF_JUMP ?? 0))
}

/** Returns the function that is called at every point. */
function createPoints() {
  const { HEDGEBOT_PROOF_POINTS: file, HEDGEBOT_PROOF_AT: at, HEDGEBOT_PROOF_DO: deed } = env
  const handle = file === undefined ? undefined : openSync(file, 'a')
  const counts = new Map()
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    const point = `${kind}#${count}`
    if (handle !== undefined) note(handle, point)
    if (point === at) DEEDS[deed]()
  }
}

function note(handle, point) {
  try {
    writeSync(handle, `${point}\n`)
  } catch {
    // On a full disk this file cannot grow either, and the program must not hear of it.
  }
}

/** The journal begins its write transactions with BEGIN IMMEDIATE; migrations go through `exec`. */
function watchCommits(pass) {
  const { prepare, exec } = Database.prototype
  const changed = new WeakMap()
  const isJournal = (database) => basename(database.name) === 'journal.db'
  const control = (database, text, work) => {
    const tables = changed.get(database)
    if (text !== 'COMMIT' || tables === undefined || tables.size === 0) {
      const result = work()
      if (text === 'BEGIN IMMEDIATE') changed.set(database, new Set())
      else changed.delete(database)
      return result
    }
    changed.delete(database)
    const name =
      RANK.find((table) => tables.has(table)) ??
      [...tables].toSorted((a, b) => a.localeCompare(b))[0]
    pass(`commit-before:${name}`)
    const result = work()
    pass(`commit-after:${name}`)
    return result
  }
  Database.prototype.prepare = function prepareWatched(text) {
    const statement = prepare.call(this, text)
    if (!isJournal(this)) return statement
    if (/^(BEGIN|COMMIT|ROLLBACK$)/.test(text)) {
      const run = statement.run.bind(statement)
      statement.run = () => control(this, text, run)
      return statement
    }
    const table = tableWrittenBy(text)
    return table === undefined
      ? statement
      : watchWrites(statement, () => changed.get(this)?.add(table))
  }
  Database.prototype.exec = function execWatched(text) {
    const work = () => exec.call(this, text)
    if (!isJournal(this)) return work()
    if (/^(BEGIN|COMMIT|ROLLBACK)/.test(text)) return control(this, text, work)
    changed.get(this)?.add('schema')
    return work()
  }
}

/** Undefined for a statement that only reads. What becomes of an order is another thing than the order. */
function tableWrittenBy(text) {
  if (!/^\s*(INSERT|REPLACE|UPDATE|DELETE)\b/i.test(text)) return undefined
  const table = /\b(?:INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)/i.exec(text)?.[1]
  return table === 'orders' && /^\s*UPDATE/i.test(text) ? 'outcomes' : table
}

/** A statement that returns rows has changed something when there is one. */
function watchWrites(statement, onChange) {
  const { run, get, all } = statement
  statement.run = (...values) => {
    const result = run.apply(statement, values)
    if (result.changes > 0) onChange()
    return result
  }
  statement.get = (...values) => {
    const row = get.apply(statement, values)
    if (row !== undefined) onChange()
    return row
  }
  statement.all = (...values) => {
    const rows = all.apply(statement, values)
    if (rows.length > 0) onChange()
    return rows
  }
  return statement
}

function watchSocketSends(pass) {
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function sendWatched(data, ...rest) {
    if (typeof data !== 'string' || !data.startsWith('{"type":"jsonapi/sendtx"')) {
      send.call(this, data, ...rest)
      return
    }
    const number = /"tx_type":(\d+)/.exec(data)?.[1]
    const type = TYPES[number] ?? number
    pass(`send-before:${type}`)
    send.call(this, data, ...rest)
    // The bytes are with the kernel already: Node writes at once what a socket takes.
    pass(`send-after:${type}`)
  }
}

function watchPosts(pass) {
  for (const module of [http, https]) {
    const { request } = module
    module.request = (options, ...rest) => {
      const isSend = options?.method === 'POST' && options.path?.endsWith('/sendTx') === true
      if (!isSend) return request(options, ...rest)
      pass('post-before:any')
      // Emitted when the kernel has everything.
      return request(options, ...rest).once('finish', () => pass('post-after:any'))
    }
  }
}

/**
 * The kernel refuses this process every write to a file from now on (EFBIG), as a full disk does; whoever may do that
 * can lift it again (`prlimit --pid <pid> --fsize=unlimited`).
 */
function letNoFileGrow() {
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=0:unlimited'])
  if (status !== 0) throw new Error('prlimit is missing or does not work')
}

/** `Date.now` is the only way in which the program asks for the time of day (tests/tidy.test.ts). */
function setClock(aheadMs, jumpMs) {
  if (aheadMs === 0 && jumpMs === 0) return
  const { now } = Date
  let offsetMs = aheadMs
  Date.now = () => now() + offsetMs
  process.on('SIGUSR2', () => {
    offsetMs += jumpMs
  })
}
