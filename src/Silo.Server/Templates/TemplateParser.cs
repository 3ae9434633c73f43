using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// Reads the Handlebars that SES takes (developer guide, send-personalized-email-advanced): nested attributes, if, unless, each, with,
/// sections, else, lookup, inline partials, comments, whitespace control. A fault is remembered and ends the reading, since every
/// loop ends where the template does.
/// </summary>
internal sealed partial class TemplateParser
{
    /// <summary>Blocks inside each other; each further question of an <c>else if</c> counts as one.</summary>
    public const int MaxDepth = 100;

    private readonly string _template;
    private readonly string _member;
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private readonly List<(string Name, int At)> _called = [];
    private RenderResult.Failed? _fault;
    private int _at;
    private int _nodes;

    private TemplateParser(string template, string member) => (_template, _member) = (template, member);

    /// <param name="template">One part; up to 500 Ki characters, so the caller.</param>
    /// <param name="member">How messages call the part.</param>
    /// <param name="nodes">How many pieces it has, as a measure of the memory it takes.</param>
    public static (TemplateBody? Body, RenderResult.Failed? Fault) Parse(string template, string member, out int nodes)
    {
        var parser = new TemplateParser(template, member);
        var body = parser.ReadBody(0, out var end);
        switch (end.Kind)
        {
            case TemplateTagKind.Close:
                parser.Fail(end.At, $"ends the block '{Shown(end.Name)}', which is not open");
                break;
            case TemplateTagKind.Else:
                parser.Fail(end.At, "is an else outside of a block");
                break;
        }

        foreach (var (name, at) in parser._called)
            if (!parser._defined.Contains(name)) parser.Fail(at, $"uses the partial '{Shown(name)}', which this part does not define");
        nodes = parser._nodes;
        return parser._fault is null ? (body, null) : (null, parser._fault);
    }

    private TemplateBody ReadBody(int depth, out TemplateTag end)
    {
        var nodes = new List<TemplateNode>();
        Dictionary<string, TemplateBody>? partials = null;
        for (; ; _nodes++)
        {
            var tag = NextTag(nodes);
            switch (tag.Kind)
            {
                case TemplateTagKind.Comment:
                    break;
                case TemplateTagKind.Output:
                    nodes.Add(new OutputNode(tag.Subject!, tag.IsRaw));
                    break;
                case TemplateTagKind.Partial:
                    _called.Add((tag.Name, tag.At));
                    nodes.Add(new PartialNode(tag.Name, tag.Subject, tag.Additions));
                    break;
                case TemplateTagKind.Inline:
                    _defined.Add(tag.Name);
                    (partials ??= new(StringComparer.Ordinal))[tag.Name] = Below(tag, depth, out var close);
                    CheckClose(close, "inline", tag.At);
                    break;
                case TemplateTagKind.Block:
                    nodes.Add(ReadBlock(tag, depth, out var last));
                    CheckClose(last, tag.Name, tag.At);
                    break;
                default:
                    end = tag;
                    return new TemplateBody(nodes, partials);
            }
        }
    }

    private BlockNode ReadBlock(TemplateTag open, int depth, out TemplateTag end)
    {
        var body = Below(open, depth, out end);
        TemplateBody? inverse = null;
        if (end is { Kind: TemplateTagKind.Else, Subject: null })
        {
            inverse = Below(open, depth, out end);
            if (end.Kind == TemplateTagKind.Else) end = Fail(end.At, "is a second else of the same block");
        }
        else if (end.Kind == TemplateTagKind.Else)
        {
            inverse = new TemplateBody([ReadBlock(end, depth + 1, out end)], null);
        }

        return open.IsInverse
            ? new BlockNode(open.Block, open.Subject!, inverse ?? new TemplateBody([], null), body, open.Names)
            : new BlockNode(open.Block, open.Subject!, body, inverse, open.Names);
    }

    private TemplateBody Below(TemplateTag open, int depth, out TemplateTag end)
    {
        if (depth < MaxDepth) return ReadBody(depth + 1, out end);
        end = Fail(open.At, $"is more than {MaxDepth} blocks deep");
        return new TemplateBody([], null);
    }

    private void CheckClose(TemplateTag end, string name, int openedAt)
    {
        if (end is { Kind: TemplateTagKind.Close } && end.Name == name) return;
        if (end.Kind == TemplateTagKind.Close) Fail(end.At, $"ends the block '{Shown(end.Name)}' where '{Shown(name)}' is open");
        else Fail(openedAt, $"opens the block '{Shown(name)}', which nothing ends");
    }

    // Only the first fault counts; behind it nothing is read.
    private TemplateTag Fail(int at, string problem)
    {
        _fault ??= new RenderResult.Failed(RenderFault.Template, _member, $"What {_member} has at character {at + 1} {problem}.");
        _at = _template.Length;
        return new TemplateTag(TemplateTagKind.End, at);
    }

    private static string Shown(string text) => text.Length <= 100 ? text : $"{text[..100]}…";
}
