namespace Silo.Server.Templates;

/// <summary>A piece of a template. A closed set.</summary>
internal abstract record TemplateNode;

internal sealed record TextNode(string Text) : TemplateNode;

/// <param name="IsRaw">In three braces, or behind an ampersand: never escaped.</param>
internal sealed record OutputNode(TemplateExpression Value, bool IsRaw) : TemplateNode;

/// <param name="Names">What the body calls the item and its key (<c>as |item key|</c>).</param>
internal sealed record BlockNode(
    BlockKind Kind, TemplateExpression Subject, TemplateBody Body, TemplateBody? Inverse, IReadOnlyList<string> Names) : TemplateNode;

/// <param name="Context">What the partial sees as its own data; null for what its caller sees.</param>
/// <param name="Additions">Members that are added to it.</param>
internal sealed record PartialNode(
    string Name, TemplateExpression? Context, IReadOnlyList<(string Name, TemplateExpression Value)> Additions) : TemplateNode;

internal enum BlockKind
{
    If,
    Unless,
    Each,
    With,

    /// <summary><c>{{#name}}</c>: a list is gone through, anything else is asked whether it is there.</summary>
    Section,
}

/// <param name="Partials">Inline partials that are defined here: known here and in everything below.</param>
internal sealed record TemplateBody(IReadOnlyList<TemplateNode> Nodes, IReadOnlyDictionary<string, TemplateBody>? Partials);

/// <summary>What a value is taken from. A closed set.</summary>
internal abstract record TemplateExpression;

internal sealed record LiteralExpression(object? Value) : TemplateExpression;

/// <param name="Up">How many contexts to go out first (<c>../</c>).</param>
/// <param name="IsData">Behind an at sign: a variable of the engine.</param>
/// <param name="IsOfThis">Begins with <c>this</c> or a dot, so that no name of a block is meant.</param>
/// <param name="Text">As it stands in the template, for messages.</param>
internal sealed record PathExpression(int Up, bool IsData, bool IsOfThis, string[] Segments, string Text) : TemplateExpression;

/// <summary>The helper <c>lookup</c>: a member whose name is a value itself.</summary>
internal sealed record LookupExpression(TemplateExpression From, TemplateExpression Key) : TemplateExpression;
