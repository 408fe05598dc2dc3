/** The first exercise of the course, and what its module is. */
export const course = {
  notebook: 'course/01-when-is-a-crop-greenest.ipynb',
  beside: ['course/checks.ts'],
} as const;

/** What a student writes who understood, by the tag of the cell. */
export const rightAnswers: Readonly<Record<string, string>> = {
  'task-1': "let rows = await fields.series({ index: 'ndvi', pid: mine.pid, clearAtLeast: 0.9 });",
  'task-2': `let peakDay = '';
let highest = -1;
for (const [day, ofDay] of byDay) {
  const list = ofDay.map(({ median }) => median).sort((a, b) => a - b);
  const middle = list[Math.floor(list.length / 2)]!;
  if (list.length >= ofCrop.length / 2 && middle > highest) {
    highest = middle;
    peakDay = day;
  }
}`,
};
