using System.Text;

namespace Silo.Server.Tests.Templates;

/// <summary>Templates and data made from a seed: of every construct, inside each other, with names that are there and others.</summary>
internal sealed class TemplateSource(int seed)
{
    private static readonly string[] Paths =
    [
        "name", "first", "name", "key", "value", "user.name", "user", "items", "items.0", "first", "x", "value", "last", "items.length", "map", "missing", "missing.deep",
        "this", ".", "this.name", "../name", "..", "../../user.name", "@index", "@key", "@first", "@last", "@root.name", "@../index", "none",
        "zero", "nothing", "yes", "no", "[a b]", "1st", "name.Length", "GetType", "lookup", "x", "y",
    ];

    private static readonly string[] Texts = ["a", " ", "\n", "  \n", "<b>", "}", "{", "\\", "\\{{", "}}", "\r\n", "é", "&", "\t", "="];

    private readonly Random _random = new(seed);
    private int _partials;

    public string Template()
    {
        var output = new StringBuilder();
        Body(output, 0);
        return output.ToString();
    }

    public string Broken()
    {
        var template = new StringBuilder(Template());
        for (var changes = _random.Next(1, 4); changes > 0 && template.Length > 0; changes--)
        {
            var at = _random.Next(template.Length);
            if (_random.Next(2) == 0) template.Remove(at, Math.Min(_random.Next(1, 4), template.Length - at));
            else template.Insert(at, Pick("{{", "}}", "{", "}", "~", "\"", "'", "[", "]", "(", ")", "!", "!--", "#", "/", "^", "\\", "|", "@", "*", ">", "&", "\uffff", "\u200b"));
        }

        return template.ToString();
    }

    public string Data() => Object(0);

    private void Body(StringBuilder output, int depth)
    {
        for (var pieces = _random.Next(1, 5); pieces > 0; pieces--)
        {
            if (_random.Next(2) == 0) output.Append(Pick(Texts));
            Piece(output, depth);
        }

        if (_random.Next(2) == 0) output.Append(Pick(Texts));
    }

    private void Piece(StringBuilder output, int depth)
    {
        var (left, right) = (_random.Next(6) == 0 ? "~" : "", _random.Next(6) == 0 ? "~" : "");
        switch (_random.Next(depth > 3 ? 6 : 13))
        {
            case 0 or 1:
                output.Append($"{{{{{left}{Path()}{right}}}}}");
                break;
            case 2:
                output.Append($"{{{{{left}{{{Path()}}}{right}}}}}");
                break;
            case 3:
                output.Append($"{{{{{left}lookup {Argument()} {Argument()}{right}}}}}");
                break;
            case 4:
                output.Append(Pick("{{! c }}", "{{!-- {{x}} --}}", $"{{{{{left}!--x--{right}}}}}"));
                break;
            case 5:
                output.Append($"{{{{&{Path()}}}}}");
                break;
            case 6 or 7:
                Block(output, $"{{{{{left}#{Question()}{right}}}}}", depth);
                break;
            case 8:
                Named(output, Pick("items", "user", "none", "yes", "user.name", "map"), depth);
                break;
            case 9:
                var item = Pick("each", "with");
                output.Append($"{{{{#{item} {Argument()} as |{Pick("x", "key", "value")}{(item == "each" ? " y" : "")}|}}}}");
                Body(output, depth + 1);
                output.Append($"{{{{/{item}}}}}");
                break;
            default:
                var name = $"p{_partials++}";
                output.Append($"{{{{#*inline \"{name}\"}}}}");
                Body(output, depth + 2);
                output.Append($"{{{{/inline}}}}{Pick("", "\n", "\n  ")}{{{{> {name}{Pick("", " user", " user x=name", " y=1", " this")}}}}}{Pick("", "\n")}");
                break;
        }
    }

    private void Named(StringBuilder output, string name, int depth)
    {
        output.Append($"{{{{{Pick("#", "^")}{name}}}}}");
        Body(output, depth + 1);
        output.Append($"{{{{/{name}}}}}");
    }

    private void Block(StringBuilder output, string open, int depth)
    {
        output.Append(open);
        Body(output, depth + 1);
        for (; _random.Next(3) == 0; Body(output, depth + 1)) output.Append($"{{{{else {Question()}}}}}");
        if (_random.Next(2) == 0)
        {
            output.Append(Pick("{{else}}", "{{^}}"));
            Body(output, depth + 1);
        }

        output.Append($"{{{{/{open.TrimStart('{', '~', '#').Split(' ', '}', '~')[0]}}}}}");
    }

    private string Question() => $"{Pick("if", "unless", "each", "with")} {Argument()}";

    private string Argument() => _random.Next(8) switch
    {
        0 => Pick("1", "0", "true", "false", "null", "'name'", "\"k1\"", "-2", "undefined"),
        1 => $"(lookup {Path()} {Path()})",
        _ => Path(),
    };

    private string Path() => Pick(Paths);

    private string Object(int depth)
    {
        var members = new[] { "name", "first", "user", "items", "map", "none", "zero", "nothing", "yes", "no", "a b", "1st", "key", "value", "x" };
        return $"{{{string.Join(',', members.Where(_ => _random.Next(10) > 0).Select(m => $"\"{m}\":{Value(depth)}"))}}}";
    }

    private string Value(int depth) => _random.Next(depth > 1 ? 12 : 16) switch
    {
        0 => "0",
        1 => Pick("1.10", "1e3", "-0.0", "1e999"),
        2 => Pick("true", "false"),
        3 => "null",
        4 => "\"\"",
        5 => "[]",
        6 => Pick("\"\\ud800\"", "{}", "\"x\"", "\"y\""),
        7 or 8 or 9 or 10 or 11 => "\"<T&'>\"",
        12 or 13 => $"[{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1)))}]",
        _ => Object(depth + 1),
    };

    private string Pick(params string[] from) => from[_random.Next(from.Length)];
}
