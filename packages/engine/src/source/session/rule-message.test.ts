import {
  encodeMessage,
  MAX_CONTROL_BYTES,
  MAX_RULE_LINE,
  MAX_RULE_TEXT,
  MAX_RULES,
} from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ALL, MAX_LINE, MAX_RULES as MAX_READ } from '../../host/filter-rules.ts';
import { SourceFilter } from '../publish/source-filter.ts';
import { ruleMessages } from './rule-message.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`rule-message.test SEED=${seed}`);

const text = fc.oneof(
  fc.constantFrom('a', '*.tmp', '日本', '😀'),
  fc.integer({ min: 0, max: MAX_RULE_LINE / 2 }).map((length) => '日'.repeat(length)),
);

const folder = fc.oneof(fc.constant(''), fc.constant(`a/${'日本/'.repeat(500)}b`));

describe('rules as messages', () => {
  test('come whole and in their order, each message within the limit, and only the last one says so', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ line: text, folder, origin: text }), { maxLength: 60 }), (rules) => {
        const messages = ruleMessages(new SourceFilter(rules), 'films');
        expect(messages.flatMap((message) => message.rules.map((rule) => [rule.folder, rule.line]))).toEqual(
          rules.map((rule) => [rule.folder, rule.line]),
        );
        expect(messages.map(({ last }) => last)).toEqual(messages.map((_, at) => at === messages.length - 1));
        for (const message of messages) {
          expect(encodeMessage(message).length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
          expect([message.path, message.ignoresCase]).toEqual(['films', false]);
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  test('without a rule there is one message all the same: there were others before, perhaps', () => {
    expect(ruleMessages(new SourceFilter([], { ignoresCase: true }), '')).toEqual([
      { type: 'rules', path: '', ignoresCase: true, rules: [], last: true },
    ]);
  });

  test('no more and no longer rules are read from a configuration than a client takes', () => {
    expect([MAX_READ, MAX_LINE, MAX_ALL]).toEqual([MAX_RULES, MAX_RULE_LINE, MAX_RULE_TEXT]);
  });
});
