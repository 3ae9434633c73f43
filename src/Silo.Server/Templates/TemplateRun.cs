using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using HandlebarsDotNet;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// What one rendering may still use up. A template is the tenant's code: each turn of a loop and each use of a partial pays for all
/// tags of the template, so that whatever the template says, the tags that are run are bounded; so are the output and the stack.
/// </summary>
internal sealed class TemplateRun : TextWriter
{
    /// <summary>Tags that are run, at most, and members that are looked up, of all parts together: within a second.</summary>
    public const int MaxSteps = 1_000_000;

    private readonly StringBuilder _output = new();
    private int _characters = TemplateRenderer.MaxResultCharacters;
    private int _steps = MaxSteps;
    private int _tags;

    public TemplateRun()
        : base(CultureInfo.InvariantCulture)
    {
    }

    /// <summary>How messages call the part that is being rendered.</summary>
    public string Member { get; private set; } = "";

    public override Encoding Encoding => Encoding.Unicode;

    /// <param name="tags">Of the part.</param>
    public void Begin(string member, int tags)
    {
        (Member, _tags) = (member, tags);
        _output.Clear();
        Step(tags);
    }

    public string End() => _output.ToString();

    /// <summary>A turn of a loop or a partial begins.</summary>
    public void Enter()
    {
        Step(_tags);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateStop(RenderFault.TooMuchWork, $"{Member} has too many blocks and partials inside each other.");
    }

    public void Step(int count)
    {
        if ((_steps -= count) < 0) throw new TemplateStop(RenderFault.TooMuchWork, $"{Member} takes more than {MaxSteps} steps to render.");
    }

    public override void Write(char value)
    {
        Take(1);
        _output.Append(value);
    }

    public override void Write(string? value)
    {
        Take(value?.Length ?? 0);
        _output.Append(value);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Take(buffer.Length);
        _output.Append(buffer);
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public void WriteEscaped(string text)
    {
        var before = _output.Length;
        TemplateData.AppendEscaped(_output, text);
        Take(_output.Length - before);
    }

    private void Take(int characters)
    {
        if ((_characters -= characters) < 0) throw new TemplateStop(RenderFault.TooLarge, $"{Member} renders to more than a message may hold.");
    }
}

/// <summary>Ends a rendering from inside the engine. Never leaves <see cref="CompiledTemplate"/>.</summary>
internal sealed class TemplateStop(RenderFault fault, string reason) : Exception(reason)
{
    public RenderFault Fault { get; } = fault;
}

/// <summary>Escapes as inline templates do.</summary>
internal sealed class TemplateEscaping : ITextEncoder
{
    public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

    public void Encode(string? text, TextWriter target)
    {
        if (text is not null) ((TemplateRun)target).WriteEscaped(text);
    }

    public void Encode<T>(T? text, TextWriter target)
        where T : IEnumerator<char>
    {
        var copy = new StringBuilder();
        while (text is not null && text.MoveNext()) copy.Append(text.Current);
        Encode(copy, target);
    }
}
