namespace Silo.Server.Templates;

/// <summary>What names mean at a place of a template.</summary>
/// <param name="Outer">What <c>../</c> leads to.</param>
/// <param name="Item">The turn of the loop that this is in, or null.</param>
internal sealed record TemplateScope(object? Context, TemplateScope? Outer, TemplateItem? Item)
{
    /// <summary>What the block calls its item and its key.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public object? FirstNamed { get; init; }

    public object? SecondNamed { get; init; }
}

/// <summary>A turn of a loop: what <c>@index</c>, <c>@key</c>, <c>@first</c> and <c>@last</c> are.</summary>
internal sealed record TemplateItem(int Index, object Key, bool IsLast, TemplateItem? Outer);

/// <summary>Inline partials that are known at a place.</summary>
internal sealed record TemplatePartials(IReadOnlyDictionary<string, TemplateBody> Bodies, TemplatePartials? Outer);
