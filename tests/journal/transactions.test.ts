import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTransactions } from '../../src/journal/transactions.ts'
import type { Journal } from '../../src/ports.ts'
import { failureOf, makeFolder, makeHouse } from './support/journal-fixture.ts'

const runsOf = (journal: Journal): number =>
  Number(journal.beginRun({ command: 'count' }).run.runId.slice(1)) - 1

describe('transaction', () => {
  it('rolls everything back when the work throws, and hands the very error on', () => {
    const journal = makeHouse().open('one')
    const mistake = new Error('the signer said no')
    expect(() => {
      journal.transaction('full', () => {
        journal.beginRun({ command: 'open' })
        journal.setPaused(true)
        throw mistake
      })
    }).toThrow(mistake)
    expect(journal.pausedSince()).toBeUndefined()
    expect(runsOf(journal)).toBe(0)
  })

  it('joins the one around it: nothing of the inner one stays when the outer one throws', () => {
    const journal = makeHouse().open('one')
    expect(() => {
      journal.transaction('normal', () => {
        journal.transaction('normal', () => journal.beginRun({ command: 'open' }))
        throw new Error('later')
      })
    }).toThrow('later')
    expect(runsOf(journal)).toBe(0)
  })

  it('undoes an inner one alone when the outer one catches', () => {
    const journal = makeHouse().open('one')
    journal.transaction('normal', () => {
      journal.beginRun({ command: 'kept' })
      expect(() => {
        journal.transaction('normal', () => {
          journal.beginRun({ command: 'undone' })
          throw new Error('inner')
        })
      }).toThrow('inner')
      journal.beginRun({ command: 'kept too' })
    })
    expect(runsOf(journal)).toBe(2)
  })

  it('refuses work that goes on after the commit', () => {
    const journal = makeHouse().open('one')
    const started = failureOf(() =>
      journal.transaction('normal', () => {
        journal.beginRun({ command: 'open' })
        return Promise.resolve()
      }),
    )
    expect(started).toBe('bug:assertion_failed')
    expect(runsOf(journal)).toBe(0)
  })

  it('refuses a full one inside a normal one, which could not keep the promise', () => {
    const journal = makeHouse().open('one')
    const nest = (outer: 'full' | 'normal', inner: 'full' | 'normal'): string =>
      failureOf(() => journal.transaction(outer, () => journal.transaction(inner, () => 1)))
    expect(nest('normal', 'full')).toBe('bug:assertion_failed')
    for (const [outer, inner] of [
      ['full', 'full'],
      ['full', 'normal'],
      ['normal', 'normal'],
    ] as const) {
      expect(nest(outer, inner)).toBe('nothing was thrown')
    }
  })

  it('is invisible to other processes until its commit', () => {
    const house = makeHouse()
    const writer = house.open('one')
    const reader = house.open('two')
    writer.transaction('normal', () => {
      writer.setPaused(true)
      expect(reader.pausedSince()).toBeUndefined()
      expect(writer.pausedSince()).toBeDefined()
    })
    expect(reader.pausedSince()).toBeDefined()
  })

  it('reports a broken rule of the schema as a mistake of ours', () => {
    const journal = makeHouse().open('one')
    const breakRule = failureOf(() => {
      journal.addEvent({
        level: 'loud' as 'alert',
        kind: 'test',
        message: 'no such level',
        runId: undefined,
        hedgeId: undefined,
        account: undefined,
      })
    })
    expect(breakRule).toBe('bug:journal_rule_broken')
  })
})

describe('durability', () => {
  const open = (): Database.Database => {
    const database = new Database(join(makeFolder(), 'any.db'))
    onTestFinished(() => {
      database.close()
    })
    database.pragma('journal_mode = WAL')
    return database
  }
  const FULL = 2
  const NORMAL = 1

  it('is what each transaction asked for, in any order', () => {
    const database = open()
    const transactions = createTransactions(database)
    const levels = (['normal', 'full', 'full', 'normal'] as const).map((durability) =>
      transactions.run(durability, () => database.pragma('synchronous', { simple: true })),
    )
    expect(levels).toEqual([NORMAL, FULL, FULL, NORMAL])
  })

  it('stays full for a normal one inside', () => {
    const database = open()
    const transactions = createTransactions(database)
    const level = transactions.run('full', () =>
      transactions.run('normal', () => database.pragma('synchronous', { simple: true })),
    )
    expect(level).toBe(FULL)
  })
})

describe('a full disk inside a transaction', () => {
  it('is never followed by changes outside of one', () => {
    const database = new Database(join(makeFolder(), 'any.db'))
    database.exec('CREATE TABLE notes (text TEXT)')
    database.pragma('max_page_count = 40')
    const transactions = createTransactions(database)
    const fill = (): void => {
      transactions.run('normal', () => {
        for (;;) transactions.sql('INSERT INTO notes VALUES (?)').run('x'.repeat(4000))
      })
    }
    const insert = (): void => {
      transactions.run('normal', () => transactions.sql('INSERT INTO notes VALUES (?)').run('x'))
    }
    const outer = failureOf(() => {
      transactions.run('normal', () => {
        expect(fill).toThrow(/full/)
        // SQLite may end the transaction by itself there, depending on the error.
        if (database.inTransaction) database.exec('ROLLBACK')
        expect(failureOf(insert)).toBe('journal:journal_unwritable')
      })
    })
    expect(outer).toBe('journal:journal_unwritable')
    expect(database.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(0)
    insert()
    expect(database.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1)
    database.close()
  })
})
