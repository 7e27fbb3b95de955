import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanLine } from '../../../src/notify/render/clean-line.ts'
import type { Block, Message } from '../../../src/notify/message.ts'
import { renderMailHtml } from '../../../src/notify/render/render-mail-html.ts'
import { anyMessage, textsOf } from './arbitrary-message.ts'
import { HOSTILE_MESSAGE } from './hostile-message.ts'
import { SAMPLE_MESSAGES } from './sample-messages.ts'

/** What the renderer writes itself: tags with quoted attributes, the conditions for Outlook, the style sheet. */
const MARKUP =
  /<!doctype html>|<style>[^<]*<\/style>|<!--\[if mso\]>|<!\[endif\]-->|<\/?([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>/g

interface Parsed {
  readonly text: string
  readonly tags: readonly string[]
  readonly attributes: readonly string[]
}

/** A reader so strict that everything which is not exactly our markup stays in the text. */
function parse(html: string): Parsed {
  const matches = [...html.matchAll(MARKUP)]
  return {
    text: html.replaceAll('<wbr>', '').replace(MARKUP, '\n'),
    tags: matches.flatMap(([, tag]) => (tag === undefined ? [] : [tag])),
    attributes: matches.flatMap(([, , list = '']) =>
      [...list.matchAll(/ ([a-z-]+)="/g)].map(([, name = '']) => name),
    ),
  }
}

function decode(text: string): string {
  return text
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

function render(...blocks: readonly Block[]): string {
  return renderMailHtml({ ...SAMPLE_MESSAGES.test, blocks })
}

describe('the HTML part of a mail', () => {
  it('is a document of its own that needs nothing from elsewhere', () => {
    for (const message of [...Object.values(SAMPLE_MESSAGES), HOSTILE_MESSAGE]) {
      const html = renderMailHtml(message)
      const { tags, attributes } = parse(html)
      expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/)
      expect(html).toContain('<meta name="color-scheme" content="light dark">')
      expect(tags).not.toEqual(expect.arrayContaining(['script']))
      expect(tags.filter((tag) => ['script', 'img', 'svg', 'link', 'a'].includes(tag))).toEqual([])
      expect(attributes.filter((name) => /^(on|src|href)/.test(name))).toEqual([])
    }
  })

  it('is short enough for mail programs that cut at 100 kB', () => {
    const { report, daily } = SAMPLE_MESSAGES
    const course = daily.blocks.filter(({ kind }) => kind === 'course')
    const rows = report.blocks.flatMap((block) => (block.kind === 'table' ? [block] : []))
    const large: Message = {
      ...report,
      blocks: [
        ...report.blocks,
        ...course,
        ...rows.map((table) => ({
          ...table,
          rows: Array.from({ length: 8 }, () => table.rows).flat(),
        })),
      ],
    }
    expect(Buffer.byteLength(renderMailHtml(large))).toBeLessThan(100_000)
  })

  it('has the first text of the message as its preheader, else the first facts', () => {
    const start = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">'
    const facts: Block = { kind: 'facts', rows: [{ label: 'Net', value: '<1> USD' }] }
    expect(render(facts, { kind: 'text', text: 'A & B' })).toContain(`${start}A &amp; B</div>`)
    expect(render(facts)).toContain(`${start}Net &lt;1&gt; USD</div>`)
  })

  it('keeps five columns of realistic values as a table, and makes a list of what is wider', () => {
    expect(renderMailHtml(SAMPLE_MESSAGES.report).match(/<th /g)).toHaveLength(5)
    const columns = Array.from({ length: 5 }, () => ({ label: 'USD', align: 'right' as const }))
    const rows = [Array.from({ length: 5 }, () => ({ text: '120,378,687.45' }))]
    const html = render({ kind: 'table', columns, rows })
    expect(html).not.toContain('<th ')
    expect(html.match(/120,378,687\.45/g)).toHaveLength(5)
  })

  it('breaks long names after their separators, and keeps a number with its unit', () => {
    const html = render({ kind: 'text', text: 'frankfurt_desk_main holds 0.0125 BTC, 62 % of it.' })
    expect(html).toContain(
      '>frankfurt_<wbr>desk_<wbr>main holds 0.0125&nbsp;BTC, 62&nbsp;% of it.</p>',
    )
  })

  it('gives every bar a title of label and value, and a gap one of all its labels', () => {
    const bars = [
      { label: '00:00', value: '1.50' },
      { label: '01:00' },
      { label: '02:00' },
      { label: '03:00', value: '0.00' },
    ]
    const html = render({ kind: 'course', title: 'Net', unit: 'USD', bars })
    expect(html).toContain('title="00:00: 1.50 USD"')
    expect(html).toContain('colspan="2"')
    expect(html).toContain('title="01:00: ?, 02:00: ?"')
    expect(html).toContain('title="03:00: 0.00 USD"')
  })

  it('draws a course without any value, and one without any bar', () => {
    const course = { kind: 'course' as const, title: 'Net', unit: 'USD' }
    expect(render({ ...course, bars: [{ label: 'a' }, { label: 'b' }] })).toContain(
      '? not measured',
    )
    expect(render({ ...course, bars: [] })).toContain('Net, USD')
  })

  it('escapes every value, and shows every one of them, for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { text, tags, attributes } = parse(renderMailHtml(message))
        expect(text).not.toMatch(/[<>"']/)
        expect(text).not.toMatch(/&(?!(amp|lt|gt|quot|nbsp|middot|#39|#10003|#10007|#9650);)/)
        expect(tags.filter((tag) => /^(script|img|svg|iframe|a|link)$/.test(tag))).toEqual([])
        expect(attributes.filter((name) => /^(on|src|href)/.test(name))).toEqual([])
        const shown = decode(text)
        expect(textsOf(message).filter((part) => !shown.includes(cleanLine(part)))).toEqual([])
      }),
    )
  })

  it('opens and closes its tags in pairs, for any message', () => {
    const alone = new Set(['meta', 'br', 'wbr'])
    fc.assert(
      fc.property(anyMessage, (message) => {
        const html = renderMailHtml(message).replace(/<!--\[if mso\]>.*<!\[endif\]-->/g, '')
        const open: string[] = []
        for (const [tag, name = ''] of html.matchAll(/<\/?([a-z][a-z0-9]*)[^>]*>/g)) {
          if (alone.has(name)) continue
          if (tag.startsWith('</')) expect(open.pop()).toBe(name)
          else open.push(name)
        }
        expect(open).toEqual([])
      }),
    )
  })
})
