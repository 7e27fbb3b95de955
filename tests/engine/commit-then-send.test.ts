import { describe, expect, it } from 'vitest'
import {
  commitThenSend,
  saidLast,
  say,
  sendAfterCommit,
} from '../../src/engine/commit-then-send.ts'
import type { AfterCommit } from '../../src/engine/commit-then-send.ts'
import type { Engine } from '../../src/engine/engine-context.ts'

/** Only what a commit touches: the order of things is what counts. */
function createStory(options: { readonly failsToCommit?: boolean } = {}) {
  const story: string[] = []
  let depth = 0
  const memory: { afterCommit: AfterCommit | undefined; heldWords: (() => void)[] | undefined } = {
    afterCommit: undefined,
    heldWords: undefined,
  }
  const journal = {
    transaction(durability: string, work: () => void) {
      depth += 1
      try {
        work()
        if (depth === 1 && options.failsToCommit === true) throw new Error('the disk is full')
        if (depth === 1) story.push(`commit ${durability}`)
      } finally {
        depth -= 1
      }
    },
  }
  const engine = { memory, journal } as unknown as Engine
  const send = (name: string) => sendAfterCommit(engine, () => story.push(`send ${name}`))
  const word = (name: string) => say(engine, () => story.push(`say ${name}`))
  return { engine, story, send, say: word }
}

describe('a turn', () => {
  it('commits, then sends in the order of recording, then says', () => {
    const { engine, story, send, say } = createStory()
    commitThenSend(engine, 'normal', () => {
      say('closing')
      send('long')
      send('short')
    })
    expect(story).toEqual(['commit normal', 'send long', 'send short', 'say closing'])
  })

  it('sends and says nothing when it cannot be committed', () => {
    const { engine, story, send, say } = createStory({ failsToCommit: true })
    const turn = () =>
      commitThenSend(engine, 'full', () => {
        send('long')
        say('opening')
      })
    expect(turn).toThrow('the disk is full')
    expect(story).toEqual([])
    send('later')
    expect(story).toEqual(['send later'])
  })

  it('shares its commit with the turns inside it', () => {
    const { engine, story, send } = createStory()
    commitThenSend(engine, 'normal', () => {
      commitThenSend(engine, 'normal', () => send('h1'))
      commitThenSend(engine, 'normal', () => send('h2'))
    })
    expect(story).toEqual(['commit normal', 'send h1', 'send h2'])
  })

  it('forgets what a part that failed wanted to send, and keeps the others', () => {
    const { engine, story, send, say } = createStory()
    commitThenSend(engine, 'normal', () => {
      commitThenSend(engine, 'normal', () => send('h1'))
      const failing = () =>
        commitThenSend(engine, 'normal', () => {
          send('h2')
          say('h2')
          throw new Error('its lease is lost')
        })
      expect(failing).toThrow('its lease is lost')
      send('h3')
    })
    expect(story).toEqual(['commit normal', 'send h1', 'send h3'])
  })

  it('says nothing between two sends, whatever they have to say', () => {
    const { engine, story, say: word } = createStory()
    commitThenSend(engine, 'normal', () => {
      word('closing')
      for (const leg of ['long', 'short']) {
        sendAfterCommit(engine, () => {
          story.push(`send ${leg}`)
          word(`${leg} is sent`)
        })
      }
    })
    expect(story).toEqual([
      'commit normal',
      'send long',
      'send short',
      'say closing',
      'say long is sent',
      'say short is sent',
    ])
    word('later')
    expect(story.at(-1)).toBe('say later')
  })
})

describe('several turns at once', () => {
  it('send what each has to send, and say everything at the end, also when one fails', () => {
    const { engine, story, send, say: word } = createStory()
    const work = () =>
      saidLast(engine, () => {
        for (const name of ['h1', 'h2']) {
          commitThenSend(engine, 'normal', () => {
            word(name)
            send(name)
          })
        }
        commitThenSend(engine, 'normal', () => {
          word('h3')
          throw new Error('the disk is full')
        })
      })
    expect(work).toThrow('the disk is full')
    expect(story).toEqual([
      'commit normal',
      'send h1',
      'commit normal',
      'send h2',
      'say h1',
      'say h2',
    ])
  })
})
