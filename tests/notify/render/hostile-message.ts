import type { Message } from '../../../src/notify/message.ts'

/** Values that try to become markup, to ping people, to turn the reading direction, or to start a header. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>top.document.title="hacked"</script>',
  '"><img src=x onerror=top.document.title="hacked">',
  "' onmouseover='top.document.title=1",
  '&amp; &lt;b&gt; &#60;',
  'abc\u{202e}def\u{2066}ghi',
  'a\r\nBcc: x@example.com\n\nb\u{0}\u{1b}[31m',
  'an_account_with_a_name_of_forty_character',
  '一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十',
  'WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW',
  '<!channel> <!here|x> <@U123> @everyone @here <@&1> *b* _i_ ~s~ `c` ```d``` ||e|| [f](https://example.com)',
  '</pre></b></code> -->]]><![endif]--><style>*{display:none}</style>',
  '0x1f9bfa8d3c7e2b1a4f6d8c0e9b7a5f3d1c2e4b6a8f0d9c7e5b3a1f2d4c6e8b0a',
]

/** Hostile values in every place that a message has. */
export const HOSTILE_MESSAGE: Message = {
  kind: 'alert',
  severity: 'warning',
  title: HOSTILE_TEXTS.slice(0, 6).join(' '),
  network: '<b>"net" & \u{202e}',
  atMs: Date.UTC(2026, 11, 1, 14, 3, 22),
  thread: '<t>\r\nX: y',
  blocks: [
    ...HOSTILE_TEXTS.flatMap((text) => [
      { kind: 'heading' as const, text, tone: 'warning' as const },
      { kind: 'text' as const, text },
    ]),
    { kind: 'list', items: HOSTILE_TEXTS },
    {
      kind: 'facts',
      rows: HOSTILE_TEXTS.map((text) => ({ label: text, value: text, tone: 'bad' })),
    },
    {
      kind: 'table',
      columns: HOSTILE_TEXTS.slice(0, 5).map((label, at) => ({
        label,
        align: at === 0 ? 'left' : 'right',
      })),
      rows: HOSTILE_TEXTS.map((text) => Array.from({ length: 5 }, () => ({ text }))),
      foot: HOSTILE_TEXTS.slice(0, 5).map((text) => ({ text })),
    },
    {
      kind: 'course',
      title: HOSTILE_TEXTS[1] ?? '',
      unit: HOSTILE_TEXTS[2] ?? '',
      bars: HOSTILE_TEXTS.map((label, at) => ({ label, value: at % 3 === 0 ? label : String(at) })),
    },
    { kind: 'advice', text: HOSTILE_TEXTS.join(' ') },
  ],
}
