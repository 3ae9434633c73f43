namespace Silo.Server.Intake;

/// <summary>Why a template could not be rendered.</summary>
internal enum RenderFault
{
    /// <summary>The template is not what it may be: syntax, size.</summary>
    Template,

    /// <summary>The data is no JSON object, is too long, or holds a structure where the template wants text.</summary>
    Data,

    /// <summary>The template names an attribute that the data lacks: SES's rendering failure.</summary>
    MissingAttribute,

    /// <summary>The result would be larger than a message may be.</summary>
    TooLarge,

    /// <summary>The template goes on for longer, or deeper, than one may.</summary>
    TooMuchWork,
}

/// <summary>What became of a template and its data. A closed set.</summary>
internal abstract record RenderResult
{
    private RenderResult()
    {
    }

    /// <summary>Each part is null where the template has none.</summary>
    internal sealed record Rendered(string? Subject, string? Text, string? Html) : RenderResult;

    /// <param name="Fault">The kind, which decides between a refused request and a rendering failure event.</param>
    /// <param name="Member">The member at fault: <c>TemplateContent.Html</c>, <c>TemplateData</c>.</param>
    /// <param name="Reason">A sentence for the sender.</param>
    internal sealed record Failed(RenderFault Fault, string Member, string Reason) : RenderResult;
}
