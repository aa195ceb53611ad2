/** Links and headings of a Markdown file, as GitHub and the editor's preview see them. */
import { readFileSync } from 'node:fs';

/** A file's text without code, where nothing is a link or a heading. */
function prose(file: string): string {
  return readFileSync(file, 'utf8')
    .replaceAll(/^\s*(```+|~~~+)[\s\S]*?^\s*\1\s*$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');
}

/** Targets of links and images. */
export function linksOf(file: string): string[] {
  const text = prose(file).replaceAll(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const referred = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...referred].flatMap(([, target]) => (target === undefined ? [] : [target]));
}

/** The anchors of a file's headings. */
export function anchorsOf(file: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(file).matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}
