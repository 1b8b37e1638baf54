/**
 * An interpreter for a small JavaScript: enough for a server of twenty lines, and nothing that reaches the page. A script cannot name
 * anything but its own variables and the calls that it is given, so that one that comes with an address can do no harm. The
 * interpreter counts what it evaluates, and knows the line: it can stop a script anywhere, and say where.
 *
 * A worker is a generator. It yields when a call sleeps, and the scheduler resumes it.
 */
import type { AnyNode, CallExpression, Expression, Function as FunctionNode, Pattern, Program, Statement } from "acorn";
import { parse } from "acorn";
import type { Budget } from "./budget.ts";
import { member, setMember } from "./members.ts";
import { binary, unary } from "./operators.ts";
import { Builtin, Closure, Fields, ScriptError, Suspension, shown, typeName, type Value } from "./values.ts";

/** A worker's course: it yields suspensions, and is resumed with their values. */
export type Course<T> = Generator<Suspension, T, Value>;

class Scope {
  readonly #names = new Map<string, { value: Value; readonly constant: boolean }>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  declare(name: string, value: Value, constant: boolean): void {
    this.#names.set(name, { value, constant });
  }

  find(name: string, line: number): { value: Value; readonly constant: boolean } {
    const found = this.#names.get(name) ?? this.#outer?.find(name, line);
    if (found === undefined) throw new ScriptError("error", `${name} is not defined`, line);
    return found;
  }
}

/** A function of the script with its variables. */
class ScriptFunction extends Closure {
  readonly node: FunctionNode;
  readonly scope: Scope;

  constructor(node: FunctionNode, scope: Scope) {
    super();
    this.node = node;
    this.scope = scope;
  }

  get name(): string {
    return this.node.id?.name ?? "function";
  }
}

/** How a statement has ended, if not at its end. */
type Completion = undefined | "break" | "continue" | { readonly returned: Value };

export function lineOf(node: AnyNode): number {
  return node.loc?.start.line ?? 1;
}

/**
 * Parses a script.
 *
 * @throws ScriptError "syntax"
 */
export function parsed(source: string): Program {
  try {
    return parse(source, { ecmaVersion: 2022, sourceType: "script", locations: true });
  } catch (error) {
    const { message, loc } = error as SyntaxError & { loc?: { line: number } };
    // The parser has come to the end of its own stack.
    if (loc === undefined) throw new ScriptError("limit", "the script is nested too deeply", 1);
    throw new ScriptError("syntax", message.replace(/ \(\d+:\d+\)$/, ""), loc.line);
  }
}

export class Interpreter {
  readonly #budget: Budget;
  readonly #globals = new Scope();
  #depth = 0;

  constructor(budget: Budget, globals: ReadonlyMap<string, Value>) {
    this.#budget = budget;
    for (const [name, value] of globals) this.#globals.declare(name, value, true);
  }

  /** Runs a script from its first line. */
  *program({ body }: Program): Course<void> {
    yield* this.#block(body as Statement[], new Scope(this.#globals));
  }

  /** Calls a function of the script, or a builtin. */
  *call(callee: Value, values: readonly Value[], line: number): Course<Value> {
    if (callee instanceof Builtin) {
      const result = callee.call(values, line);
      if (!(result instanceof Suspension)) return result;
      const depth = this.#depth;
      const value = yield result;
      this.#depth = depth;
      return value;
    }
    if (!(callee instanceof ScriptFunction)) throw new ScriptError("error", `${typeName(callee)} is no function`, line);
    const { params, body } = callee.node;
    const scope = new Scope(callee.scope);
    this.#budget.check(++this.#depth, line);
    for (const [index, pattern] of params.entries()) yield* this.#bind(pattern, values[index], scope, false);
    let result: Value;
    if (body.type === "BlockStatement") {
      const completion = yield* this.#block(body.body, scope);
      result = typeof completion === "object" ? completion.returned : undefined;
    } else result = yield* this.#value(body, scope);
    this.#depth--;
    return result;
  }

  *#block(body: readonly Statement[], scope: Scope): Course<Completion> {
    for (const node of body) {
      if (node.type === "FunctionDeclaration") scope.declare(node.id.name, new ScriptFunction(node, scope), true);
    }
    for (const node of body) {
      const completion = yield* this.#statement(node, scope);
      if (completion !== undefined) return completion;
    }
    return undefined;
  }

  *#statement(node: Statement, scope: Scope): Course<Completion> {
    const line = lineOf(node);
    this.#budget.spend(line);
    switch (node.type) {
      case "ExpressionStatement":
        yield* this.#value(node.expression, scope);
        return undefined;
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          const value = init ? yield* this.#value(init, scope) : undefined;
          yield* this.#bind(id, value, scope, node.kind === "const");
        }
        return undefined;
      case "FunctionDeclaration":
      case "EmptyStatement":
        return undefined;
      case "BlockStatement":
        return yield* this.#block(node.body, new Scope(scope));
      case "IfStatement":
        if (yield* this.#value(node.test, scope)) return yield* this.#statement(node.consequent, new Scope(scope));
        return node.alternate ? yield* this.#statement(node.alternate, new Scope(scope)) : undefined;
      case "WhileStatement":
        return yield* this.#loop(scope, { test: node.test, body: node.body });
      case "DoWhileStatement":
        return yield* this.#loop(scope, { test: node.test, body: node.body, late: true });
      case "ForStatement": {
        const inner = new Scope(scope);
        if (node.init?.type === "VariableDeclaration") yield* this.#statement(node.init, inner);
        else if (node.init) yield* this.#value(node.init, inner);
        return yield* this.#loop(inner, { test: node.test, body: node.body, update: node.update });
      }
      case "ForOfStatement":
        if (node.left.type !== "VariableDeclaration") return unsupported("for … of without const or let", line);
        return yield* this.#each(node.left.declarations[0].id, node.right, node.body, scope);
      case "BreakStatement":
        return node.label ? unsupported("a label", line) : "break";
      case "ContinueStatement":
        return node.label ? unsupported("a label", line) : "continue";
      case "ReturnStatement":
        return { returned: node.argument ? yield* this.#value(node.argument, scope) : undefined };
      default:
        return unsupported(node.type, line);
    }
  }

  *#loop(
    scope: Scope,
    parts: { test?: Expression | null; body: Statement; update?: Expression | null; late?: boolean },
  ): Course<Completion> {
    const { test, body, update, late = false } = parts;
    for (let first = true; ; first = false) {
      this.#budget.spend(lineOf(body));
      if (test && !(late && first) && !(yield* this.#value(test, scope))) return undefined;
      const completion = yield* this.#statement(body, new Scope(scope));
      if (completion === "break") return undefined;
      if (typeof completion === "object") return completion;
      if (update) yield* this.#value(update, scope);
    }
  }

  *#each(pattern: Pattern, right: Expression, body: Statement, scope: Scope): Course<Completion> {
    const values = yield* this.#value(right, scope);
    const iterable = Array.isArray(values) || values instanceof Map || values instanceof Set;
    if (!iterable) throw new ScriptError("error", `${typeName(values)} has no elements`, lineOf(right));
    for (const value of values as Iterable<Value>) {
      this.#budget.spend(lineOf(body));
      const inner = new Scope(scope);
      yield* this.#bind(pattern, value, inner, false);
      const completion = yield* this.#statement(body, inner);
      if (completion === "break") return undefined;
      if (typeof completion === "object") return completion;
    }
    return undefined;
  }

  /** Declares the names of a pattern. */
  *#bind(pattern: Pattern, value: Value, scope: Scope, constant: boolean): Course<void> {
    const line = lineOf(pattern);
    switch (pattern.type) {
      case "Identifier":
        scope.declare(pattern.name, value, constant);
        return;
      case "AssignmentPattern":
        yield* this.#bind(
          pattern.left,
          value === undefined ? yield* this.#value(pattern.right, scope) : value,
          scope,
          constant,
        );
        return;
      case "ArrayPattern":
        if (!Array.isArray(value)) throw new ScriptError("error", `${typeName(value)} is no array`, line);
        for (const [index, element] of pattern.elements.entries()) {
          if (element) yield* this.#bind(element, value[index], scope, constant);
        }
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type !== "Property" || property.computed) return unsupported(property.type, line);
          const name = keyOf(property.key);
          yield* this.#bind(property.value, member(value, name, this.#budget, line), scope, constant);
        }
        return;
      default:
        return unsupported(pattern.type, line);
    }
  }

  *#values(nodes: readonly (AnyNode | null)[], scope: Scope): Course<Value[]> {
    const values: Value[] = [];
    for (const node of nodes) {
      if (node?.type === "SpreadElement") {
        const spread = yield* this.#value(node.argument, scope);
        if (!Array.isArray(spread)) throw new ScriptError("error", `${typeName(spread)} is no array`, lineOf(node));
        values.push(...spread);
      } else values.push(node ? yield* this.#value(node as Expression, scope) : undefined);
    }
    return values;
  }

  *#value(node: Expression, scope: Scope): Course<Value> {
    const line = lineOf(node);
    this.#budget.spend(line);
    switch (node.type) {
      case "Literal":
        if (typeof node.value === "bigint" || node.value instanceof RegExp) return unsupported("this literal", line);
        return node.value as Value;
      case "Identifier":
        return node.name === "undefined" ? undefined : scope.find(node.name, line).value;
      case "TemplateLiteral":
        return yield* this.#text(node, scope);
      case "ArrayExpression": {
        const values = yield* this.#values(node.elements, scope);
        this.#budget.allocate(values.length + 1, line);
        return values;
      }
      case "ObjectExpression":
        return yield* this.#object(node, scope);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        if (node.async || node.generator) return unsupported("async and generators", line);
        return new ScriptFunction(node, scope);
      case "CallExpression":
        return yield* this.#callExpression(node, scope);
      case "NewExpression":
        return this.#construct(node.callee, line);
      case "MemberExpression": {
        if (node.object.type === "Super") return unsupported("super", line);
        const object = yield* this.#value(node.object, scope);
        return member(object, yield* this.#memberName(node, scope), this.#budget, line);
      }
      case "UnaryExpression":
        return unary(node.operator, yield* this.#value(node.argument, scope), line);
      case "BinaryExpression": {
        if (node.left.type === "PrivateIdentifier") return unsupported("#", line);
        const left = yield* this.#value(node.left, scope);
        return binary(node.operator, left, yield* this.#value(node.right, scope), this.#budget, line);
      }
      case "LogicalExpression": {
        const left = yield* this.#value(node.left, scope);
        const decided = node.operator === "&&" ? !left : node.operator === "||" ? left : (left ?? null) !== null;
        return decided ? left : yield* this.#value(node.right, scope);
      }
      case "ConditionalExpression":
        return yield* this.#value((yield* this.#value(node.test, scope)) ? node.consequent : node.alternate, scope);
      case "AssignmentExpression":
        return yield* this.#assign(node.left, node.operator, node.right, scope, line);
      case "UpdateExpression": {
        const old = yield* this.#value(node.argument, scope);
        const value = binary(node.operator === "++" ? "+" : "-", old, 1, this.#budget, line);
        yield* this.#store(node.argument, value, scope, line);
        return node.prefix ? value : old;
      }
      case "ParenthesizedExpression":
        return yield* this.#value(node.expression, scope);
      case "SequenceExpression":
        return (yield* this.#values(node.expressions, scope)).at(-1);
      default:
        return unsupported(node.type, line);
    }
  }

  *#text(node: Extract<Expression, { type: "TemplateLiteral" }>, scope: Scope): Course<Value> {
    let text = "";
    for (const [index, quasi] of node.quasis.entries()) {
      text += quasi.value.cooked ?? "";
      if (index < node.expressions.length) text += shown(yield* this.#value(node.expressions[index], scope));
    }
    this.#budget.allocate(text.length, lineOf(node));
    return text;
  }

  *#object(node: Extract<Expression, { type: "ObjectExpression" }>, scope: Scope): Course<Value> {
    const object = new Fields();
    for (const property of node.properties) {
      if (property.type !== "Property" || property.kind !== "init" || property.computed) {
        return unsupported("this property", lineOf(property));
      }
      object.fields.set(keyOf(property.key), yield* this.#value(property.value, scope));
    }
    this.#budget.allocate(object.fields.size + 1, lineOf(node));
    return object;
  }

  *#callExpression(node: CallExpression, scope: Scope): Course<Value> {
    if (node.callee.type === "Super") return unsupported("super", lineOf(node));
    const callee = yield* this.#value(node.callee, scope);
    const values = yield* this.#values(node.arguments, scope);
    return yield* this.call(callee, values, lineOf(node));
  }

  #construct(callee: AnyNode, line: number): Value {
    this.#budget.allocate(1, line);
    if (callee.type === "Identifier" && callee.name === "Map") return new Map();
    if (callee.type === "Identifier" && callee.name === "Set") return new Set();
    return unsupported("new, except for Map and Set", line);
  }

  *#memberName(node: Extract<Expression, { type: "MemberExpression" }>, scope: Scope): Course<Value> {
    if (node.computed) return yield* this.#value(node.property as Expression, scope);
    return node.property.type === "Identifier" ? node.property.name : unsupported("#", lineOf(node));
  }

  *#assign(target: AnyNode, operator: string, right: Expression, scope: Scope, line: number): Course<Value> {
    let value = yield* this.#value(right, scope);
    if (operator !== "=") {
      const old = yield* this.#value(target as Expression, scope);
      value = binary(operator.slice(0, -1), old, value, this.#budget, line);
    }
    yield* this.#store(target, value, scope, line);
    return value;
  }

  *#store(target: AnyNode, value: Value, scope: Scope, line: number): Course<void> {
    if (target.type === "Identifier") {
      const variable = scope.find(target.name, line);
      if (variable.constant) throw new ScriptError("error", `${target.name} is a constant`, line);
      variable.value = value;
    } else if (target.type === "MemberExpression" && target.object.type !== "Super") {
      const object = yield* this.#value(target.object, scope);
      setMember(object, yield* this.#memberName(target, scope), value, this.#budget, line);
    } else unsupported("this assignment", line);
  }
}

function keyOf(key: AnyNode): string {
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : unsupported("this property", lineOf(key));
}

function unsupported(what: string, line: number): never {
  throw new ScriptError("syntax", `scripts here do not have ${what}`, line);
}
