import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, Message } from '../../../src/notify/message.ts'
import { renderDiscord } from '../../../src/notify/render/render-discord.ts'
import { renderJson } from '../../../src/notify/render/render-json.ts'
import { renderSlack } from '../../../src/notify/render/render-slack.ts'
import { renderTelegramHtml } from '../../../src/notify/render/render-telegram-html.ts'
import { anyMessage } from './arbitrary-message.ts'
import { HOSTILE_MESSAGE } from './hostile-message.ts'
import { SAMPLE_MESSAGES } from './sample-messages.ts'

interface SlackBody {
  readonly text: string
  readonly blocks: readonly {
    readonly type: string
    readonly text?: { readonly type: string; readonly text: string; readonly verbatim?: boolean }
    readonly elements?: readonly { readonly text: string }[]
  }[]
}

interface DiscordBody {
  readonly content: string
  readonly embeds: readonly {
    readonly description?: string
    readonly color: number
    readonly footer: { readonly text: string }
  }[]
  readonly allowed_mentions: { readonly parse: readonly string[] }
}

const slack = (message: Message): SlackBody => renderSlack(message) as SlackBody
const discord = (message: Message): DiscordBody => renderDiscord(message) as DiscordBody

/** Every text that Slack would read for markup. */
function slackTexts({ text, blocks }: SlackBody): readonly string[] {
  return [
    text,
    ...blocks.flatMap((block) => [
      block.text?.text ?? '',
      ...(block.elements ?? []).map((e) => e.text),
    ]),
  ]
}

/** What is left of Telegram's text after its tags and entities are read; throws where it would refuse. */
function parseTelegram(html: string): string {
  const open: string[] = []
  const text = html.replace(/<(\/?)([a-z]+)>/g, (_, slash: string, tag: string) => {
    if (!['b', 'i', 'code', 'pre'].includes(tag)) throw new Error(`unknown tag ${tag}`)
    if (slash === '') open.push(tag)
    else if (open.pop() !== tag) throw new Error(`${tag} closes nothing`)
    return ''
  })
  if (open.length > 0) throw new Error('a tag is not closed')
  if (/[<>]|&(?!(amp|lt|gt);)/.test(text)) throw new Error('something is not escaped')
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function withBlocks(...blocks: readonly Block[]): Message {
  return { ...SAMPLE_MESSAGES.test, blocks }
}

const MANY_ROWS: Block = {
  kind: 'table',
  columns: [
    { label: 'account', align: 'left' },
    { label: 'P&L USD', align: 'right' },
  ],
  rows: Array.from({ length: 400 }, (_, at) => [{ text: `account_${at}` }, { text: '-1.00' }]),
}

const SAMPLES = Object.entries(SAMPLE_MESSAGES)

describe('a message for Telegram', () => {
  it.each(SAMPLES)('looks right for %s', (_kind, message) => {
    expect(`\n${renderTelegramHtml(message)}`).toMatchSnapshot()
  })

  it('ends between two lines and says so, when it is too long', () => {
    const html = renderTelegramHtml(withBlocks({ kind: 'heading', text: 'All' }, MANY_ROWS))
    const text = parseTelegram(html)
    expect(text.length).toBeGreaterThan(3_000)
    expect(text.length).toBeLessThanOrEqual(4096)
    expect(text).toMatch(
      /-1\.00\n\nShortened: the rest is too long for Telegram\.\n\nmainnet, 2026-12-01 14:03:22 UTC$/,
    )
  })

  it('leaves out whole parts, with the heading above them', () => {
    const text = (length: number): Block => ({ kind: 'text', text: 'word '.repeat(length / 5) })
    const html = renderTelegramHtml(
      withBlocks(text(1_800), text(1_800), { kind: 'heading', text: 'Gone' }, text(1_000)),
    )
    expect(html).not.toContain('Gone')
    expect(html).toMatch(/word\n\n<i>Shortened/)
  })

  it('is taken by Telegram, for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const text = parseTelegram(renderTelegramHtml(message))
        expect(text.length).toBeLessThanOrEqual(4096)
        expect(text.trim()).not.toBe('')
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
    )
  })
})

describe('a message for Slack', () => {
  it('has the title as header, the blocks in sections, and network and time below', () => {
    expect(slack(SAMPLE_MESSAGES.stop)).toMatchSnapshot()
  })

  it('pings nobody, and takes no value for formatting', () => {
    const text = '<!channel> <@U1> *bold* _italic_ ~gone~ `code` account_1 a*b'
    expect(slack(withBlocks({ kind: 'text', text })).blocks[1]?.text).toEqual({
      type: 'mrkdwn',
      text: '&lt;!channel&gt; &lt;@U1&gt; ∗bold* ＿italic_ ∼gone~ ˋcodeˋ account_1 a*b',
      verbatim: true,
    })
  })

  it('goes on in the next section, and says when twelve are not enough', () => {
    const { blocks } = slack(withBlocks(...Array.from({ length: 20 }, () => MANY_ROWS)))
    const sections = blocks.filter(({ type }) => type === 'section')
    expect(sections).toHaveLength(12)
    expect(
      sections.map(({ text }) => text?.text ?? '').filter((text) => text.length < 2_000),
    ).toEqual([])
    expect(sections.at(-1)?.text?.text).toMatch(
      /```\n\nShortened: the rest is too long for Slack\.$/,
    )
  })

  it('is taken by Slack, for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const body = slack(message)
        expect(body.blocks.length).toBeLessThanOrEqual(50)
        for (const { type, text } of body.blocks) {
          if (type === 'header') expect(text?.text.length).toBeLessThanOrEqual(150)
          if (type === 'section') expect(text?.text.length).toBeLessThanOrEqual(3_000)
          if (type !== 'context') expect(text?.text).not.toBe('')
        }
        for (const text of slackTexts(body)) {
          expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/)
          // Fences that we wrote come in pairs, and values have no back-ticks.
          expect((text.match(/`/g)?.length ?? 0) % 2).toBe(0)
        }
      }),
    )
  })
})

describe('a message for Discord', () => {
  it('is one embed with the colour of the severity', () => {
    expect(discord(SAMPLE_MESSAGES.alert)).toMatchSnapshot()
  })

  it('pings nobody, and takes no value for markdown', () => {
    const text = '@everyone <@1> **b** [f](https://example.com) `c` ||s|| :smile: 14:03 a_1 _i_'
    const { embeds, allowed_mentions: mentions } = discord(withBlocks({ kind: 'text', text }))
    expect(mentions).toEqual({ parse: [] })
    expect(embeds[0]?.description).toBe(
      '@\u{2060}everyone \\<@\u{2060}1> \\*\\*b\\*\\* \\[f\\](https://example.com) \\`c\\` ' +
        '\\|\\|s\\|\\| \\:smile: 14:03 a_1 \\_i\\_',
    )
  })

  it('starts no list where a value looks like one', () => {
    const items = (text: string): string | undefined =>
      discord(withBlocks({ kind: 'text', text })).embeds[0]?.description
    expect(items('- a')).toBe('\\- a')
    expect(items('12. a')).toBe('12\\. a')
    expect(items('# a')).toBe('\\# a')
    expect(items('> a')).toBe('\\> a')
    expect(items('-12.30 USD')).toBe('-12.30 USD')
  })

  it('is taken by Discord, for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { content, embeds } = discord(message)
        const [embed, ...others] = embeds
        const { description = '', footer } = embed ?? {}
        expect(others).toEqual([])
        expect(content.length).toBeGreaterThan(0)
        expect(content.length).toBeLessThanOrEqual(2_000)
        expect(description.length).toBeLessThanOrEqual(4096)
        expect(description.length + (footer?.text.length ?? 0)).toBeLessThanOrEqual(6_000)
        expect(JSON.stringify({ content, embed })).not.toMatch(/@(everyone|here|&|!|\d)/)
        expect((description.match(/(?<!\\)```/g)?.length ?? 0) % 2).toBe(0)
      }),
    )
  })
})

describe('a message for a webhook of one’s own', () => {
  it('has the documented fields and nothing else', () => {
    const message = SAMPLE_MESSAGES.recovered
    const body = renderJson({ id: 'n-17', message })
    expect(body).toEqual({
      schema: 'hedgebot/notification/1',
      id: 'n-17',
      kind: 'recovered',
      level: 'info',
      title: message.title,
      network: 'mainnet',
      at: '2026-12-01T14:04:56.000Z',
      thread: 'exposed-h4',
      text: expect.stringMatching(/^OVER: account_7 is flat[^]*Open hedges: {8}9$/),
      message: message.blocks,
    })
    expect(renderJson({ id: 'n-18', message: SAMPLE_MESSAGES.test })).toMatchObject({
      thread: null,
    })
  })

  it('survives JSON, for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const body = renderJson({ id: 'x', message })
        expect(JSON.parse(JSON.stringify(body))).toEqual(body)
      }),
    )
    expect(JSON.stringify(renderJson({ id: 'x', message: HOSTILE_MESSAGE }))).toContain('schema')
  })
})
