using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HandlebarsDotNet;
using HandlebarsDotNet.IO;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// Handlebars.Net, held to what a tenant's code may do: no reflection, no files, no helpers of its own beyond those of
/// <see cref="TemplateScan"/>'s spelling. Each part has an environment of its own, so that what it remembers of names goes when the part does.
/// </summary>
internal static class TemplateEngine
{
    /// <summary>Partials inside each other: a partial may use itself, as for a tree, but not for ever.</summary>
    public const int MaxPartialDepth = 50;

    /// <summary>Names that the scan writes and no template can.</summary>
    public const string Lookup = "silo-lookup";

    public const string Not = "silo-not";
    public const string Partial = "silo-partial";
    public const string Merged = "silo-merged";
    public const string Run = "silo-run";
    public const string Nothing = "silo-nothing";
    public const string Brace = "silo-brace";

    private static readonly TemplateMembers Members = new();
    private static readonly TemplateEscaping Escaping = new();
    private static readonly Formatting Formats = new();

    /// <param name="text">As <see cref="TemplateScan"/> spelled it.</param>
    /// <param name="escapes">The part is HTML.</param>
    /// <exception cref="HandlebarsException">It is not taken.</exception>
    public static HandlebarsTemplate<TextWriter, object, object> Compile(string text, bool escapes)
    {
        var configuration = new HandlebarsConfiguration
        {
            TextEncoder = Escaping,
            NoEscape = !escapes,
            FormatProvider = CultureInfo.InvariantCulture,
            FileSystem = null,
            PartialTemplateResolver = null!,
            MissingPartialTemplateHandler = Formats,
            PartialRecursionDepthLimit = MaxPartialDepth,
        };
        configuration.ObjectDescriptorProviders.Add(Members);
        configuration.FormatterProviders.Add(Formats);
        var engine = Handlebars.Create(configuration);
        engine.RegisterHelper(Lookup, static (_, arguments) =>
            KeyOf(arguments[1]) is { } key ? TemplateMembers.Of(arguments[0], key) : new TemplateMissing("", "lookup"));
        engine.RegisterHelper(Not, static (_, arguments) => !HandlebarsUtils.IsTruthyOrNonEmpty(arguments[0]));
        engine.RegisterHelper(Partial, static (_, arguments) =>
        {
            ((TemplateRun)arguments[0]!).Enter();
            return arguments[1]!;
        });
        engine.RegisterHelper(Merged, static (_, arguments) => Merge(arguments));
        using var reader = new StringReader(text);
        return engine.Compile(reader);
    }

    /// <summary>What the spelling of the scan needs at a rendering.</summary>
    public static TemplateObject DataOf(TemplateRun run) => new(run, "")
    {
        Members = { [Run] = run, [Nothing] = new TemplateNull(""), [Brace] = "}" },
    };

    private static string? KeyOf(object? key) => key switch
    {
        TemplateNumber number => number.Text,
        TemplateZero zero => zero.Text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string name => name,
        _ => null,
    };

    // The run, what is added to, then name and value by turns.
    private static TemplateObject Merge(Arguments arguments)
    {
        var run = (TemplateRun)arguments[0]!;
        var merged = new TemplateObject(run, "");
        if (arguments[1] is TemplateObject given)
        {
            run.Step(given.Members.Count);
            foreach (var (name, value) in given.Members) merged.Members[name] = value;
        }

        for (var i = 2; i + 1 < arguments.Length; i += 2) merged.Members[(string)arguments[i]!] = arguments[i + 1] ?? new TemplateNull("");
        return merged;
    }

    /// <summary>Writes values, of every type, and says what cannot be written.</summary>
    private sealed class Formatting : IFormatterProvider, IFormatter, IMissingPartialTemplateHandler
    {
        public bool TryCreateFormatter(Type type, [NotNullWhen(true)] out IFormatter? formatter)
        {
            formatter = this;
            return true;
        }

        public void Format<T>(T value, in EncodedTextWriter writer)
        {
            switch (value)
            {
                case TemplateNull:
                    break;
                case bool yes:
                    writer.Write(yes ? "true" : "false", true);
                    break;
                case IFormattable number:
                    writer.Write(number.ToString(null, CultureInfo.InvariantCulture), true);
                    break;
                case TemplateNumber number:
                    writer.Write(number.Text, true);
                    break;
                case TemplateZero zero:
                    writer.Write(zero.Text, true);
                    break;
                case TemplateMissing { Name: var name } when PlainTemplate.ServicePlaceholder(name) is { } placeholder:
                    writer.Write(placeholder, false);
                    break;
                case TemplateMissing missing:
                    throw Missing(missing.Path);
                case UndefinedBindingResult undefined:
                    throw Missing(undefined.Value == ".." ? ".." : $"@{undefined.Value}");
                case TemplateBrokenText broken:
                    throw new TemplateStop(RenderFault.Data, $"Attribute '{TemplatePath.Shown(broken.Path)}' is not valid Unicode text.");
                default:
                    var path = value switch { TemplateObject { Path: var p } => p, TemplateList { Path: var p } => p, _ => "" };
                    throw new TemplateStop(
                        RenderFault.Data,
                        $"Attribute '{TemplatePath.Shown(path.Length == 0 ? "this" : path)}' is an object or a list, which cannot be written.");
            }
        }

        public void Handle(ICompiledHandlebarsConfiguration configuration, string partialName, in EncodedTextWriter textWriter) =>
            throw new TemplateStop(RenderFault.Template, $"The template uses the partial '{TemplatePath.Shown(partialName)}' where it is not known.");

        private static TemplateStop Missing(string path) =>
            new(RenderFault.MissingAttribute, $"Attribute '{TemplatePath.Shown(path)}' is not present in the rendering data.");
    }
}
