namespace Silo.Server.Templates;

internal enum TemplateTagKind
{
    /// <summary>The template is at its end, or broken.</summary>
    End,
    Comment,
    Output,
    Partial,
    Inline,
    Block,
    Else,
    Close,
}

/// <summary>What stands between two pairs of braces.</summary>
/// <param name="At">Where it begins.</param>
internal sealed record TemplateTag(TemplateTagKind Kind, int At)
{
    /// <summary>Of a block and its end, an inline partial, a partial.</summary>
    public string Name { get; init; } = "";

    public BlockKind Block { get; init; }

    /// <summary>An inverse section, whose body is shown when the other one's is not.</summary>
    public bool IsInverse { get; init; }

    public bool IsRaw { get; init; }

    /// <summary>Of an else: null when nothing is asked any more.</summary>
    public TemplateExpression? Subject { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<(string Name, TemplateExpression Value)> Additions { get; init; } = [];

    public bool TrimsLeft { get; init; }

    public bool TrimsRight { get; init; }
}
