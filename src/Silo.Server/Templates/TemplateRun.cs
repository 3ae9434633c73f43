using System.Globalization;
using System.Text;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// Renders the parts of one template with one set of data. A template is the tenant's code: steps, depth and output are bounded, and
/// whatever goes beyond a bound ends the run with a fault. So a run ends within a fraction of a second whatever the template says.
/// </summary>
internal sealed class TemplateRun(object? root)
{
    /// <summary>Pieces, turns of loops and members that are looked at, of all parts together.</summary>
    public const int MaxSteps = 1_000_000;

    /// <summary>Blocks and partials inside each other: a partial may use itself, as for a tree, but not for ever.</summary>
    public const int MaxDepth = 200;

    private const int MaxPathShown = 100;

    private readonly StringBuilder _output = new();
    private int _characters = TemplateRenderer.MaxResultCharacters;
    private int _steps = MaxSteps;
    private int _depth;
    private string _member = "";
    private bool _escapes;
    private RenderResult.Failed? _fault;

    /// <summary>The part filled in; or null and why not.</summary>
    /// <param name="member">How messages call the part.</param>
    /// <param name="escapes">The part is HTML.</param>
    public (string? Text, RenderResult.Failed? Fault) Render(TemplateBody body, string member, bool escapes)
    {
        (_member, _escapes) = (member, escapes);
        _output.Clear();
        Write(body, new TemplateScope(root, null, null), null);
        return _fault is null ? (_output.ToString(), null) : (null, _fault);
    }

    private void Write(TemplateBody body, TemplateScope scope, TemplatePartials? partials)
    {
        if (++_depth > MaxDepth) Fail(RenderFault.TooMuchWork, $"{_member} has more than {MaxDepth} blocks and partials inside each other.");
        if (body.Partials is not null) partials = new TemplatePartials(body.Partials, partials);
        for (var i = 0; i < body.Nodes.Count && Step(1); i++)
        {
            switch (body.Nodes[i])
            {
                case TextNode text:
                    Append(text.Text);
                    break;
                case OutputNode output:
                    Write(output, scope);
                    break;
                case BlockNode { Kind: BlockKind.If } block:
                    Choose(block, !TemplateValue.IsFalse(ValueOf(block.Subject, scope)), scope, partials);
                    break;
                case BlockNode { Kind: BlockKind.Unless } block:
                    Choose(block, TemplateValue.IsFalse(ValueOf(block.Subject, scope)), scope, partials);
                    break;
                case BlockNode block:
                    Enter(block, ValueOf(block.Subject, scope), scope, partials);
                    break;
                case PartialNode partial:
                    Use(partial, scope, partials);
                    break;
            }
        }

        _depth--;
    }

    private void Choose(BlockNode block, bool holds, TemplateScope scope, TemplatePartials? partials)
    {
        if ((holds ? block.Body : block.Inverse) is { } body) Write(body, scope, partials);
    }

    private void Enter(BlockNode block, object? value, TemplateScope scope, TemplatePartials? partials)
    {
        var isLoop = block.Kind == BlockKind.Each || (block.Kind == BlockKind.Section && value is List<object?>);
        if (isLoop)
        {
            if (!Loop(block, value, scope, partials)) Choose(block, false, scope, partials);
        }
        else if (block.Kind == BlockKind.Section && value is true)
        {
            Write(block.Body, scope, partials);
        }
        else if (block.Kind == BlockKind.Section ? value is null or false || ReferenceEquals(value, TemplateValue.Missing) : TemplateValue.IsEmpty(value))
        {
            Choose(block, false, scope, partials);
        }
        else
        {
            Write(block.Body, new TemplateScope(value, scope, scope.Item) { Names = block.Names, FirstNamed = value }, partials);
        }
    }

    /// <summary>False when there is nothing to go through.</summary>
    private bool Loop(BlockNode block, object? value, TemplateScope scope, TemplatePartials? partials)
    {
        var (members, items) = (value as TemplateObject, value as List<object?>);
        var count = members?.Count ?? items?.Count ?? 0;
        for (var i = 0; i < count && Step(1); i++)
        {
            var (name, each) = members is null ? (null, items![i]) : (members.GetAt(i).Key, members.GetAt(i).Value);
            object key = name ?? (object)Number(i);
            Write(
                block.Body,
                new TemplateScope(each, scope, new TemplateItem(i, key, i == count - 1, scope.Item)) { Names = block.Names, FirstNamed = each, SecondNamed = key },
                partials);
        }

        return count > 0;
    }

    private void Use(PartialNode partial, TemplateScope scope, TemplatePartials? partials)
    {
        TemplateBody? body = null;
        for (var known = partials; known is not null && body is null && Step(1); known = known.Outer) known.Bodies.TryGetValue(partial.Name, out body);
        if (body is null)
        {
            Fail(RenderFault.Template, $"{_member} uses the partial '{Shown(partial.Name)}' where it is not known.");
            return;
        }

        if (partial.Context is null && partial.Additions.Count == 0)
        {
            Write(body, scope, partials);
            return;
        }

        var context = partial.Context is null ? scope.Context : ValueOf(partial.Context, scope);
        if (partial.Additions.Count > 0)
        {
            var members = new TemplateObject();
            if (context is TemplateObject given && Step(given.Count))
                foreach (var (name, value) in given) members[name] = value;
            foreach (var (name, value) in partial.Additions) members[name] = ValueOf(value, scope);
            context = members;
        }

        Write(body, new TemplateScope(context, scope, scope.Item), partials);
    }

    private void Write(OutputNode output, TemplateScope scope)
    {
        switch (ValueOf(output.Value, scope))
        {
            case null:
                break;
            case string text when _escapes && !output.IsRaw:
                // Escaping makes a text up to six times as long; the bound is looked at before and after.
                if (text.Length > _characters) Append(text);
                else AppendEscaped(text);
                break;
            case string text:
                Append(text);
                break;
            case TemplateNumber number:
                Append(number.Text);
                break;
            case bool isTrue:
                Append(isTrue ? "true" : "false");
                break;
            case var value when ReferenceEquals(value, TemplateValue.Missing):
                if (output.Value is PathExpression { Text: "amazonSESUnsubscribeUrl" }) Append(PlainTemplate.UnsubscribeUrl);
                else Fail(RenderFault.MissingAttribute, $"Attribute '{Named(output.Value)}' is not present in the rendering data.");
                break;
            case var value when ReferenceEquals(value, TemplateValue.BrokenText):
                Fail(RenderFault.Data, $"Attribute '{Named(output.Value)}' is not valid Unicode text.");
                break;
            default:
                Fail(RenderFault.Data, $"Attribute '{Named(output.Value)}' is an object or a list, which cannot be written.");
                break;
        }
    }

    private object? ValueOf(TemplateExpression expression, TemplateScope scope) => expression switch
    {
        LiteralExpression literal => literal.Value,
        LookupExpression lookup => Lookup(ValueOf(lookup.From, scope), ValueOf(lookup.Key, scope)),
        PathExpression { IsData: true } path => DataOf(path, scope),
        PathExpression path => Follow(path, 0, StartOf(path, scope, out var skip), skip),
        _ => TemplateValue.Missing,
    };

    private object? StartOf(PathExpression path, TemplateScope scope, out int skip)
    {
        skip = 0;
        if (path is { Up: 0, IsOfThis: false, Segments: [var first, ..] })
        {
            for (var named = scope; named is not null && Step(named.Names.Count); named = named.Outer)
            {
                for (var i = 0; i < named.Names.Count; i++)
                {
                    if (named.Names[i] != first) continue;
                    skip = 1;
                    return i == 0 ? named.FirstNamed : named.SecondNamed;
                }
            }
        }

        var at = scope;
        for (var up = path.Up; up > 0 && at is not null; up--) at = at.Outer;
        return at is null ? TemplateValue.Missing : at.Context;
    }

    private static object? Follow(PathExpression path, int from, object? value, int skip)
    {
        for (var i = from + skip; i < path.Segments.Length && !ReferenceEquals(value, TemplateValue.Missing); i++)
            value = TemplateValue.MemberOf(value, path.Segments[i]);
        return value;
    }

    private object? DataOf(PathExpression path, TemplateScope scope)
    {
        if (path.Segments[0] == "root") return Follow(path, 1, root, 0);
        var item = scope.Item;
        for (var up = path.Up; up > 0 && item is not null; up--) item = item.Outer;
        if (item is null || path.Segments.Length > 1) return TemplateValue.Missing;
        return path.Segments[0] switch
        {
            "index" => Number(item.Index),
            "key" => item.Key,
            "first" => item.Index == 0,
            _ => item.IsLast,
        };
    }

    private static object? Lookup(object? from, object? key) => key switch
    {
        string name => TemplateValue.MemberOf(from, name),
        TemplateNumber number => TemplateValue.MemberOf(from, number.Text),
        _ => TemplateValue.Missing,
    };

    private static TemplateNumber Number(int value) => new(value.ToString(CultureInfo.InvariantCulture), value);

    private void Append(string text)
    {
        if ((_characters -= text.Length) < 0) Fail(RenderFault.TooLarge, $"{_member} renders to more than a message may hold.");
        else _output.Append(text);
    }

    private void AppendEscaped(string text)
    {
        var before = _output.Length;
        TemplateData.AppendEscaped(_output, text);
        if ((_characters -= _output.Length - before) < 0) Fail(RenderFault.TooLarge, $"{_member} renders to more than a message may hold.");
    }

    /// <summary>False when the run is over.</summary>
    private bool Step(int count)
    {
        if (_fault is null && (_steps -= count) < 0) Fail(RenderFault.TooMuchWork, $"{_member} takes more than {MaxSteps} steps to render.");
        return _fault is null;
    }

    private void Fail(RenderFault fault, string reason) => _fault ??= new RenderResult.Failed(
        fault, fault is RenderFault.MissingAttribute or RenderFault.Data ? "TemplateData" : _member, reason);

    private static string Named(TemplateExpression expression) => expression switch
    {
        PathExpression path => Shown(path.Text),
        LookupExpression lookup => $"lookup {Named(lookup.From)}",
        _ => "",
    };

    private static string Shown(string text) => text.Length <= MaxPathShown ? text : $"{text[..MaxPathShown]}…";
}
