/* What a bare word of YAML is, by the kind of type that is wanted for it. Pure; it knows no libyaml. */
#ifndef CALC_COMPILER_DATA_YAML_WORD_H
#define CALC_COMPILER_DATA_YAML_WORD_H

#include <stdbool.h>
#include "base/json.h"
#include "compiler/type.h"

enum { YAML_NUMBER_TEXT = 32 };

/*
 * ev comes as a JSON_STRING of the word and becomes what it is: null (`~`, `null` or nothing), a bool, a number where one is
 * wanted, else the text. `number` is room for a number that JSON writes otherwise (`+1`, `0x1f`, `.5`). false: a number that
 * begins with 0, which two versions of YAML read differently.
 */
bool yaml_word(struct json_event *ev, enum type_kind wanted, char number[YAML_NUMBER_TEXT]);

#endif
