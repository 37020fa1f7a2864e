/** Which rows, which of their columns: all of it is in the address. */
import { Autocomplete, Button, MultiSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { comparedSelections, type CompareRows } from '../../../engine/api/index.ts';
import { type CompareSearch, selectionWords, type ShownPart, shownParts, usualParts } from './search.ts';

const partWords: Record<ShownPart, string> = {
  answer: 'Answers',
  score: 'Scores',
  delta: 'Changes',
  cost: 'Costs',
  latency: 'Latencies',
  tags: 'Tags',
};

interface Props {
  asked: Omit<CompareRows, 'offset' | 'limit'> & { baseline: string };
  tags: { name: string; values: string[] }[];
  search: CompareSearch;
  onSearch: (next: Partial<CompareSearch>) => void;
}

export function RowsFilter({ asked, tags, search, onSearch }: Props) {
  const others = asked.candidates.filter((id) => id !== asked.baseline);
  const chosen = tags.find(({ name }) => name === search.tag?.column);
  const filtered =
    search.only !== undefined ||
    search.of !== undefined ||
    search.tag !== undefined ||
    search.q !== undefined;
  return (
    <div className="kp-filter" role="search" aria-label="Filter of the rows">
      <Select
        label="Rows"
        data={comparedSelections.map((value) => ({
          value,
          label: selectionWords[value],
          disabled: (value === 'wins' || value === 'losses') && others.length === 0,
        }))}
        value={asked.only}
        onChange={(value) =>
          onSearch({
            only: comparedSelections.find((one) => one === value && one !== 'all'),
            ...((value === 'wins' || value === 'losses') && asked.of === undefined ? { of: others[0] } : {}),
            sort: undefined,
          })
        }
      />
      {others.length > 1 && (
        <Select
          label="Looking at"
          placeholder="every candidate"
          data={others}
          value={asked.of ?? null}
          clearable
          onChange={(value) => onSearch({ of: value ?? undefined })}
        />
      )}
      {tags.length > 0 && (
        <Select
          label="Tag"
          placeholder="any"
          data={tags.map(({ name }) => name)}
          value={search.tag?.column ?? null}
          clearable
          onChange={(column) => {
            const value = tags.find(({ name }) => name === column)?.values[0];
            onSearch({ tag: column === null || value === undefined ? undefined : { column, value } });
          }}
        />
      )}
      {search.tag !== undefined && (
        <TagValue
          key={`${search.tag.column} ${search.tag.value}`}
          value={search.tag.value}
          values={chosen?.values ?? []}
          onValue={(value) => onSearch({ tag: { column: search.tag?.column ?? '', value } })}
        />
      )}
      <TextFilter
        key={search.q === undefined ? 'none' : 'some'}
        text={search.q ?? ''}
        onText={(q) => onSearch({ q })}
      />
      <MultiSelect
        label="Columns"
        data={shownParts
          .filter((part) => part !== 'tags' || tags.length > 0)
          .map((value) => ({ value, label: partWords[value] }))}
        value={search.show ?? usualParts}
        onChange={(values) => onSearch({ show: shownParts.filter((part) => values.includes(part)) })}
      />
      {filtered && (
        <Button
          variant="default"
          onClick={() => onSearch({ only: undefined, of: undefined, tag: undefined, q: undefined })}
        >
          Show all rows
        </Button>
      )}
    </div>
  );
}

/** Any value can be typed: only the most frequent ones are offered. */
function TagValue({
  value,
  values,
  onValue,
}: {
  value: string;
  values: string[];
  onValue: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const settle = (next: string): void => {
    if (next !== value) onValue(next);
  };
  return (
    <Autocomplete
      label="Value"
      size="xs"
      data={values}
      value={typed}
      onChange={setTyped}
      onOptionSubmit={settle}
      onBlur={() => settle(typed)}
      onKeyDown={(event) => event.key === 'Enter' && settle(typed)}
    />
  );
}

function TextFilter({ text, onText }: { text: string; onText: (text: string | undefined) => void }) {
  const [typed, setTyped] = useState(text);
  const settle = useDebouncedCallback((next: string) => onText(next.trim() === '' ? undefined : next), 300);
  return (
    <TextInput
      label="With the text"
      placeholder="in input, expected or answer"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
    />
  );
}
