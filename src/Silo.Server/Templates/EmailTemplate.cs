using System.Text.Json.Serialization;
using Silo.Server.Accounts;

namespace Silo.Server.Templates;

/// <summary>A stored template (SES EmailTemplateContent). Stored as JSON; each part may be absent, but not all.</summary>
public sealed record EmailTemplate(string? Subject, string? Text, string? Html)
{
    /// <summary>Templates of the account (SES quotas).</summary>
    public const int MaxTemplates = 20_000;

    /// <summary>Names: 1 to 64 letters, digits, hyphens, underscores.</summary>
    public static bool IsValidName(string? name) => ConfigurationSet.IsValidName(name);
}

/// <summary>What verifies an address in words of the account's own (SES CreateCustomVerificationEmailTemplate). Stored as JSON.</summary>
public sealed record CustomVerificationTemplate
{
    /// <summary>Templates of the account (SES quotas).</summary>
    public const int MaxTemplates = 50;

    public required string Name { get; init; }

    /// <summary>As it stands in From; of an identity that was verified when the template was written.</summary>
    public required string FromEmailAddress { get; init; }

    public required string Subject { get; init; }

    /// <summary>HTML, behind which the link is put.</summary>
    public required string Content { get; init; }

    /// <summary>Where a browser goes when the address is verified: http or https.</summary>
    public required string SuccessRedirectionUrl { get; init; }

    /// <summary>Where it goes when it is not.</summary>
    public required string FailureRedirectionUrl { get; init; }
}

/// <summary>How templates are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(EmailTemplate))]
[JsonSerializable(typeof(CustomVerificationTemplate))]
internal sealed partial class TemplateJson : JsonSerializerContext;
