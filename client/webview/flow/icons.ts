/** Marks of the map as outlines, in a square of 16: saved pictures have no icon font. */
export const BADGE_ICONS = {
  bottleneck:
    'M8.6 0.8C9.2 3.6 12.6 5.2 12.6 9.6A4.7 4.9 0 0 1 8 14.8A4.7 4.9 0 0 1 3.4 9.8C3.4 7.9 4.3 6.5 5.4 5.6C5.5 6.9 6 7.7 6.8 8.1C6.3 5.4 6.8 2.6 8.6 0.8Z',
  error:
    'M8 1A7 7 0 1 1 8 15A7 7 0 1 1 8 1ZM4.6 5.7L6.9 8L4.6 10.3L5.7 11.4L8 9.1L10.3 11.4L11.4 10.3L9.1 8L11.4 5.7L10.3 4.6L8 6.9L5.7 4.6Z',
} as const;
