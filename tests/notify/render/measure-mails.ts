import { dumpDocument } from './chromium.ts'

/** One mail as it is shown at one width. */
export interface Frame {
  /** What a failure is reported with. */
  readonly name: string
  readonly html: string
  readonly widthPx: number
}

/** What was seen of a frame. */
export interface Measured {
  readonly name: string
  readonly isDark: boolean
  readonly scrollWidthPx: number
  readonly clientWidthPx: number
  /** Elements that reach further than the frame. */
  readonly tooWide: readonly string[]
  /** Names of all elements in the body. */
  readonly elements: readonly string[]
  /** Names of all attributes in the body. */
  readonly attributes: readonly string[]
  readonly title: string
  readonly visibleText: string
  /** Texts of little contrast: ratio, colours, and the text. */
  readonly pale: readonly string[]
  readonly lowestContrast: number
  /** Numbers that stand on two lines. */
  readonly tornNumbers: readonly string[]
  /** Height of each coloured cell of a course, by its class. */
  readonly barHeightsPx: readonly { readonly kind: string; readonly heightPx: number }[]
}

/** Everything that was seen of all frames, and of the page around them. */
export interface MeasuredPage {
  readonly title: string
  readonly frames: readonly Measured[]
}

/** Shows all frames in one start of Chromium. */
export async function measureMails(
  frames: readonly Frame[],
  scheme: 'light' | 'dark',
): Promise<MeasuredPage> {
  const inner = frames.map(
    ({ name, html, widthPx }) =>
      `<iframe data-name="${escape(name)}" style="width:${widthPx}px;height:800px;border:0;color-scheme:light dark" srcdoc="${escape(html)}"></iframe>`,
  )
  const page = `<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>untouched</title></head><body>${inner.join('\n')}<pre id="measured"></pre><script>${SCRIPT}</script></body></html>`
  const dumped = await dumpDocument(page, scheme)
  const found = /<pre id="measured">([^<]*)<\/pre>/.exec(dumped)?.[1] ?? ''
  if (found === '') throw new Error('the page measured nothing')
  return JSON.parse(decodeURIComponent(found)) as MeasuredPage
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
}

/** Runs in the page. Text without `<`, since it is written between script tags. */
const SCRIPT = `
const channels = (colour) => {
  const parts = (colour.match(/[\\d.]+/g) || []).map(Number)
  return { rgb: parts.slice(0, 3), alpha: parts.length === 4 ? parts[3] : 1 }
}
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((channel) => {
    const share = channel / 255
    return 0.03928 >= share ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}
const groundOf = (element, view) => {
  for (let at = element; at; at = at.parentElement) {
    const { rgb, alpha } = channels(view.getComputedStyle(at).backgroundColor)
    if (alpha === 1) return rgb
    if (alpha > 0) throw new Error('half transparent ground')
  }
  throw new Error('a text without a ground')
}
const textNodes = (root) => {
  const walker = root.ownerDocument.createTreeWalker(root, 4)
  const nodes = []
  while (walker.nextNode()) nodes.push(walker.currentNode)
  return nodes.filter((node) => node.data.trim() !== '' && node.parentElement.getClientRects().length > 0)
}
const tornNumbersIn = (node) => {
  const torn = []
  for (const match of node.data.matchAll(/[+-]?\\d[\\d.,]*\\d/g)) {
    // Digits inside of a name belong to the name.
    if (/[\\p{L}_]/u.test(node.data[match.index - 1] || '') || match[0].length > 20) continue
    const range = node.ownerDocument.createRange()
    range.setStart(node, match.index)
    range.setEnd(node, match.index + match[0].length)
    const lines = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top)))
    if (lines.size > 1) torn.push(match[0])
  }
  return torn
}
const measure = (frame) => {
  const view = frame.contentWindow
  const root = frame.contentDocument
  const all = [...root.body.querySelectorAll('*')]
  const nodes = textNodes(root.body)
  const pairs = nodes.map((node) => {
    const style = view.getComputedStyle(node.parentElement)
    const [ink, ground] = [channels(style.color).rgb, groundOf(node.parentElement, view)]
    return { ratio: contrast(ink, ground), say: ink + ' on ' + ground + ': ' + node.data.slice(0, 40) }
  })
  return {
    name: frame.dataset.name,
    isDark: view.matchMedia('(prefers-color-scheme: dark)').matches,
    scrollWidthPx: root.documentElement.scrollWidth,
    clientWidthPx: root.documentElement.clientWidth,
    tooWide: all
      .filter((element) => element.getBoundingClientRect().right > root.documentElement.clientWidth + 0.5)
      .map((element) => element.tagName + ' ' + element.textContent.slice(0, 40)),
    elements: [...new Set(all.map((element) => element.localName))].sort(),
    attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))].sort(),
    title: root.title,
    visibleText: root.body.innerText,
    pale: pairs.filter(({ ratio }) => 4.5 > ratio).map(({ ratio, say }) => ratio.toFixed(2) + ' ' + say),
    lowestContrast: Math.min(...pairs.map(({ ratio }) => ratio)),
    tornNumbers: nodes.flatMap(tornNumbersIn),
    barHeightsPx: all
      .filter((element) => ['above', 'below', 'zero', 'gap muted'].includes(element.className))
      .map((element) => ({ kind: element.className, heightPx: element.getBoundingClientRect().height })),
  }
}
addEventListener('load', () => {
  const frames = [...document.querySelectorAll('iframe')].map(measure)
  document.getElementById('measured').textContent = encodeURIComponent(JSON.stringify({ title: document.title, frames }))
})
`
