import JSON5 from 'json5';
import type { VectorCase } from './process-vectors.ts';

/** A case that contradicts the process description (or its own data), with what it should say where that is plain. */
export interface VectorRepair {
  readonly process: string;
  readonly index: number;
  readonly reason: string;
  readonly repair?: ((one: VectorCase) => VectorCase) | undefined;
}

type Edit = (text: string) => string;

/** Edits the JSON5 text of arguments and result. */
function rewrite(args: Edit, returns: Edit = (text) => text): (one: VectorCase) => VectorCase {
  return (one) => ({
    ...one,
    args: JSON5.parse(args(JSON5.stringify(one.args))),
    ...('returns' in one && { returns: JSON5.parse(returns(JSON5.stringify(one.returns))) }),
  });
}

const fromArgument = rewrite((text) =>
  text
    .replaceAll("from_argument:'x'", "from_parameter:'x'")
    .replaceAll("from_argument:'y'", "from_parameter:'y'"),
);
const argumentReason = "refers to parameters by 'from_argument', which is no reference of a process graph";
/** The dates of the data lie in June, those of the intervals in January; results are rounded to two decimals. */
const june: Edit = (text) => text.replaceAll('2020-01-', '2020-06-');
const intervalReason =
  'the intervals lie in January 2020, the data in June; the expected values are those of June, rounded';
const condition = (one: VectorCase): VectorCase => ({
  ...one,
  args: {
    ...one.args,
    condition: {
      process_graph: JSON5.parse(JSON5.stringify(one.args.condition).replaceAll("'element'", "'x'")),
    },
  },
});
const conditionReason =
  "the condition lacks 'process_graph' and refers to the parameter 'element', which is called 'x'";
const rounded = (repair: (one: VectorCase) => VectorCase, delta: number) => (one: VectorCase) => ({
  ...repair(one),
  delta,
});
const labelsOfData: Edit = (text) => text.replaceAll("'t2'", "'t'").replaceAll('t2:', 't:');

/** Of processes that are called with the elements of an array. */
const ofElements: Edit = (text) =>
  text
    .replaceAll(/from_argument:'(x|index|label|context)'/g, "from_parameter:'$1'")
    .replaceAll('mulitply', 'multiply');
const elementLabels = ['B01', 'B02'];
const asLabeled =
  (values: readonly unknown[], labels = elementLabels) =>
  (one: VectorCase) => ({
    ...one,
    returns: { type: 'labeled-array', data: values.map((value, k) => ({ key: labels[k], value })) },
  });
const keepsLabels = 'an array with labels keeps them here as in case 7';
/** The condition of `array_filter` is called `process` in the cases. */
const filterCondition = (one: VectorCase): VectorCase => {
  const { process, ...rest } = rewrite(ofElements)(one).args;
  return { ...one, args: { ...rest, condition: process } };
};
const filterReason = "the condition is given as 'process', and refers to parameters by 'from_argument'";

export const vectorRepairs: readonly VectorRepair[] = [
  {
    process: 'array_append',
    index: 0,
    reason: 'appends 0 and expects 1',
    repair: (one) => ({ ...one, returns: [0] }),
  },
  { process: 'array_apply', index: 1, reason: argumentReason, repair: rewrite(ofElements) },
  { process: 'array_apply', index: 2, reason: argumentReason, repair: rewrite(ofElements) },
  { process: 'array_apply', index: 3, reason: argumentReason, repair: rewrite(ofElements) },
  { process: 'array_apply', index: 4, reason: argumentReason, repair: rewrite(ofElements) },
  {
    process: 'array_apply',
    index: 5,
    reason: `${argumentReason}; and ${keepsLabels}`,
    repair: (one) => asLabeled(elementLabels)(rewrite(ofElements)(one)),
  },
  {
    process: 'array_apply',
    index: 6,
    reason: `${argumentReason}; and ${keepsLabels}`,
    repair: (one) => asLabeled([1.23, 1.98])(rewrite(ofElements)(one)),
  },
  { process: 'array_apply', index: 7, reason: argumentReason, repair: rewrite(ofElements) },
  {
    process: 'array_apply',
    index: 8,
    reason: `${argumentReason}; and 'multiply' is misspelled, and (-4.725 + 1.5) * 2 is -6.45`,
    repair: (one) => ({ ...rewrite(ofElements)(one), returns: [5, -1, 10, -6.45, Number.NaN] }),
  },
  { process: 'array_filter', index: 0, reason: filterReason, repair: filterCondition },
  { process: 'array_filter', index: 1, reason: filterReason, repair: filterCondition },
  { process: 'array_filter', index: 2, reason: filterReason, repair: filterCondition },
  {
    process: 'array_filter',
    index: 3,
    reason: `${filterReason}; and a labelled array is written as a list`,
    repair: (one) => asLabeled([0.98], ['B02'])(filterCondition(one)),
  },
  {
    process: 'array_filter',
    index: 4,
    reason: `${filterReason}; and a labelled array is written as a list`,
    repair: (one) => asLabeled([1.23])(filterCondition(one)),
  },
  { process: 'array_filter', index: 5, reason: `${filterReason}; and the condition gives numbers` },
  { process: 'array_filter', index: 6, reason: filterReason, repair: filterCondition },
  {
    process: 'array_find',
    index: 6,
    reason: 'the value 3 stands first, at position 0',
    repair: (one) => ({ ...one, returns: 0 }),
  },
  {
    process: 'array_modify',
    index: 3,
    reason: 'an element is to be taken out, and the length is left out, whose default is 0',
    repair: (one) => ({ ...one, args: { ...one.args, length: 1 } }),
  },
  { process: 'rename_dimension', index: 3, reason: 'renames x and expects y to have the new name' },
  { process: 'rename_dimension', index: 4, reason: 'renames y and expects x to have the new name' },
  {
    process: 'rename_dimension',
    index: 5,
    reason: "the result has 'order: ' in the place of 'order'",
    repair: rewrite(
      (text) => text,
      (text) => text.replace("'order: '", 'order'),
    ),
  },
  {
    process: 'aggregate_temporal',
    index: 5,
    reason: intervalReason,
    repair: rounded(rewrite(june, june), 0.006),
  },
  {
    process: 'aggregate_temporal',
    index: 6,
    reason: intervalReason,
    repair: rounded(rewrite(june, june), 0.006),
  },
  {
    process: 'aggregate_temporal',
    index: 7,
    reason: intervalReason,
    repair: rounded(rewrite(june, june), 0.006),
  },
  {
    process: 'aggregate_temporal',
    index: 8,
    reason: intervalReason,
    repair: rounded(rewrite(june, june), 0.006),
  },
  {
    process: 'aggregate_temporal',
    index: 9,
    reason: `${intervalReason}; the labels stand inside of the reducer`,
    repair: rounded((one) => {
      const moved = rewrite(june)(one);
      return { ...moved, args: { ...moved.args, labels: ['before', 'after'] } };
    }, 0.0006),
  },
  {
    process: 'aggregate_temporal',
    index: 10,
    reason: 'the reducer is mean, the expected values are medians',
    repair: rewrite((text) => text.replaceAll('mean', 'median')),
  },
  {
    process: 'aggregate_temporal_period',
    index: 3,
    reason: 'hours from 00 to 04 are five labels, the case expects four labels of days with an hour',
  },
  {
    process: 'aggregate_temporal_period',
    index: 4,
    reason: 'labels of days are YYYY-DDD by the description, the case expects days with an hour',
    repair: rewrite(
      (text) => text,
      (text) =>
        [1, 2, 3, 4].reduce((edited, day) => edited.replace(`2020-06-0${day}-00`, `2020-15${day + 2}`), text),
    ),
  },
  {
    process: 'aggregate_temporal_period',
    index: 8,
    reason: 'the dimension is t2 in the data and t in the result',
    repair: rewrite(labelsOfData),
  },
  {
    process: 'aggregate_temporal_period',
    index: 9,
    reason: 'the dimension is t2 in the data and t in the result',
    repair: rewrite(labelsOfData),
  },
  { process: 'apply', index: 1, reason: argumentReason, repair: fromArgument },
  {
    process: 'apply',
    index: 2,
    reason: 'the last blue pixel of the first row is nodata in the data and 165 in the expected result',
    repair: rewrite(
      (text) => text,
      (text) => text.replace('1650', '255'),
    ),
  },
  {
    process: 'apply_dimension',
    index: 1,
    reason:
      'expects medians of pixels with nodata as if nodata were a number (and 165 where the data has nodata)',
  },
  { process: 'apply_dimension', index: 2, reason: "works along 'bands', which the data does not have" },
  {
    process: 'array_element',
    index: 3,
    reason: "asks for label 'BO2' (letter O), the data has 'B02'",
    repair: rewrite((text) => text.replace('BO2', 'B02')),
  },
  { process: 'count', index: 4, reason: conditionReason, repair: condition },
  { process: 'count', index: 5, reason: conditionReason, repair: condition },
  { process: 'filter_bands', index: 4, reason: 'asks for red and blue and expects blue and green' },
  { process: 'lte', index: 15, reason: 'expects Infinity <= Infinity to be false, against IEEE 754' },
  { process: 'mask', index: 0, reason: 'keeps the pixels that the mask marks, against the description' },
  {
    process: 'mask',
    index: 1,
    reason: 'refers to assets/xyb-minimal-float.json5, which does not exist',
  },
  { process: 'mask', index: 2, reason: 'keeps the pixels that the mask marks, against the description' },
  {
    process: 'mask_polygon',
    index: 0,
    reason: 'keeps the pixels inside with inside: true, against the description',
  },
  {
    process: 'mask_polygon',
    index: 1,
    reason: 'keeps the pixels outside without inside, against the description',
  },
  {
    process: 'mask_polygon',
    index: 6,
    reason: 'masks the polygon in all planes but in the last one a row of it is left standing',
  },
  { process: 'merge_cubes', index: 3, reason: argumentReason, repair: fromArgument },
  {
    process: 'product',
    index: 10,
    reason: 'expects 1 * -Infinity * 3 * Infinity to be NaN, against IEEE 754',
  },
  {
    process: 'reduce_dimension',
    index: 1,
    reason: `${argumentReason}; and 165 is assumed where the data has nodata`,
    repair: rounded(
      rewrite(
        (text) => text.replaceAll('from_argument', 'from_node'),
        (text) => text.replace('1.16363636363', 'NaN'),
      ),
      1e-9,
    ),
  },
  { process: 'rename_labels', index: 5, reason: "the required argument 'target' is missing" },
  { process: 'rename_labels', index: 7, reason: "the required argument 'target' is missing" },
];
