import { cutText } from './clean-line.ts'
import { htmlBlock } from './html-blocks.ts'
import { breakableHtml, escapeHtml } from './html-escape.ts'
import { bandColour, LAYOUT_TABLE, LIGHT, styleSheet } from './html-palette.ts'
import type { Block, Message } from '../message.ts'
import { formatUtc, isMainnet, kindWord } from './message-words.ts'

const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
/** Phones show about a hundred characters below the subject. */
const MOST_PREHEADER_CHARACTERS = 140

/**
 * The HTML part of a mail: a whole document, at most 600 px wide and as narrow as a phone. Tables and inline styles carry it;
 * the style sheet adds the dark appearance and may be dropped. No scripts, no images, nothing from elsewhere.
 */
export function renderMailHtml(message: Message): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="x-apple-disable-message-reformatting">
<title>${escapeHtml(message.title)}</title>
<style>
${styleSheet()}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:${LIGHT.page}">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(preheader(message))}</div>
<table ${LAYOUT_TABLE} class="page" bgcolor="${LIGHT.page}" style="width:100%;background-color:${LIGHT.page}"><tr><td class="outer" align="center" style="padding:16px 8px">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
${drawCard(message)}
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`
}

function drawCard(message: Message): string {
  const font = `font-family:${FONT};font-size:15px;line-height:22px;font-variant-numeric:tabular-nums`
  const shape = `width:100%;max-width:600px;margin:0 auto;border:1px solid ${LIGHT.line};border-collapse:separate;border-radius:8px;overflow:hidden`
  return `<table ${LAYOUT_TABLE} class="card line ink" bgcolor="${LIGHT.card}" align="center" style="${shape};background-color:${LIGHT.card};color:${LIGHT.ink};${font};text-align:left">
${drawBand(message)}
<tr><td style="padding:18px 16px 4px"><h1 style="margin:0;font-size:20px;line-height:27px;font-weight:600;word-break:break-word">${breakableHtml(message.title)}</h1></td></tr>
${message.blocks.map(htmlBlock).join('\n')}
${drawFoot(message)}
</table>`
}

/** The colour and the words that are seen first. */
function drawBand(message: Message): string {
  const colour = bandColour(message)
  const severity = message.severity === 'info' ? '' : ` &middot; ${message.severity.toUpperCase()}`
  const network = breakableHtml(message.network)
  const style = 'padding:9px 16px;font-size:12px;line-height:18px;color:#ffffff;'
  // What is no real money carries a sign of its own, which no colour can hide.
  const sign = isMainnet(message)
    ? network
    : `<span style="display:inline-block;padding:0 8px;border-radius:9px;background-color:#ffffff;color:#1b2330;font-weight:700;word-break:break-word">${network}</span>`
  return `<tr><td bgcolor="${colour}" style="background-color:${colour}"><table ${LAYOUT_TABLE} style="width:100%"><tr><td align="left" style="${style}font-weight:700;letter-spacing:0.6px">${escapeHtml(kindWord(message))}${severity}</td><td align="right" style="${style}text-align:right;word-break:break-word">${sign}</td></tr></table></td></tr>`
}

function drawFoot({ network, atMs }: Message): string {
  return `<tr><td style="padding:26px 16px 18px"><table ${LAYOUT_TABLE} style="width:100%"><tr><td class="line muted" style="padding-top:12px;border-top:1px solid ${LIGHT.line};font-size:12px;line-height:18px;color:${LIGHT.muted};word-break:break-word">${breakableHtml(network)} &middot; ${formatUtc(atMs)}<br>This is an automatic message of hedgebot.</td></tr></table></td></tr>`
}

/** What a list of mails shows beside the subject: the first sentence of the message, else its first facts. */
function preheader({ blocks }: Message): string {
  const text = blocks.find((block) => block.kind === 'text')?.text ?? firstFacts(blocks)
  return cutText(text, MOST_PREHEADER_CHARACTERS)
}

function firstFacts(blocks: readonly Block[]): string {
  const rows = blocks.find((block) => block.kind === 'facts')?.rows ?? []
  return rows.map(({ label, value }) => `${label} ${value}`).join(', ')
}
