using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.Templates;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Templates;

/// <summary>Checks of templates, alike for creation and for later changes.</summary>
internal static class EmailTemplateMembers
{
    public const string Path = "/v2/email/templates/{TemplateName}";

    /// <summary>500 Ki characters of any script, escaped in JSON.</summary>
    public const int MaxBodyBytes = 4 << 20;

    public static SesError NotFound(string name) => SesError.NotFound($"Template {MemberChecks.Shown(name)} does not exist.");

    public static void CheckName(string? name, MemberChecks checks)
    {
        if (checks.RequiredText(name, "TemplateName") && !EmailTemplate.IsValidName(name))
            checks.Fail("TemplateName must have 1 to 64 letters, digits, hyphens and underscores");
    }

    /// <summary>Null when a check failed. A template is taken only if it can be read, so that its writer learns of a slip and not each send.</summary>
    public static EmailTemplate? Check(TemplateText? content, MemberChecks checks)
    {
        if (!checks.Required(content, "TemplateContent")) return null;
        if (string.IsNullOrEmpty(content!.Text) && string.IsNullOrEmpty(content.Html))
            checks.Fail("TemplateContent must have Text, Html or both");
        if (CompiledTemplate.Compile(content.Subject, content.Text, content.Html).Fault is { } fault) checks.Fail(fault.Reason.TrimEnd('.'));
        return checks.Error is null ? new EmailTemplate(content.Subject, content.Text, content.Html) : null;
    }

    public static SesAnswer Answer(ResourceChange change, string name) => change switch
    {
        ResourceChange.Done => SesAnswer.Empty,
        ResourceChange.NotFound => NotFound(name),
        _ => SesError.ConcurrentModification($"Template {name}"),
    };

    public static SesAnswer Answer(ResourceCreation creation, string name, int max) => creation switch
    {
        ResourceCreation.Created => SesAnswer.Empty,
        ResourceCreation.AlreadyExists => SesError.AlreadyExists($"Template {name} already exists."),
        _ => SesError.LimitExceeded($"The account has reached its limit of {max} templates."),
    };
}
