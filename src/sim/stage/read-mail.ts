import PostalMime from 'postal-mime'

/** A mail, decoded. */
export interface ReadMail {
  readonly subject: string
  /** Addresses without names. */
  readonly from: string
  readonly to: readonly string[]
  /** The two parts; empty when there is none. */
  readonly text: string
  readonly html: string
  /** Lower-case names; of a header that is there several times, the last. */
  readonly headers: Readonly<Record<string, string>>
}

/** Parses a mail as it came over the wire; rejects for one that is built to break parsers. */
export async function readMail(raw: Uint8Array): Promise<ReadMail> {
  const mail = await PostalMime.parse(raw)
  return {
    subject: mail.subject ?? '',
    from: mail.from?.address ?? '',
    to: (mail.to ?? []).flatMap(
      (to) => to.address ?? to.group?.map(({ address }) => address) ?? [],
    ),
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
  }
}
