using Silo.Core.Addresses;
using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.Templates;
using Silo.Server.Templates;

namespace Silo.Server.SesApi.Operations.CustomVerification;

/// <summary>Checks of custom verification templates, alike for creation and for later changes.</summary>
internal static class CustomVerificationMembers
{
    public const string Path = "/v2/email/custom-verification-email-templates/{TemplateName}";

    /// <summary>As other templates are bounded.</summary>
    public const int MaxContentLength = 500 * 1_024;

    private const int MaxSubjectLength = 998;
    private const int MaxUrlLength = 2_048;

    public static SesError NotFound(string name) =>
        SesError.NotFound($"Custom verification email template {MemberChecks.Shown(name)} does not exist.");

    /// <summary>The template, or null when a check failed.</summary>
    public static CustomVerificationTemplate? Check(
        string? name, string? from, string? subject, string? content, string? success, string? failure, MemberChecks checks)
    {
        EmailTemplateMembers.CheckName(name, checks);
        if (checks.RequiredText(from, "FromEmailAddress") && !Mailbox.TryParse(from, out _)) checks.Fail("FromEmailAddress is not a valid address");
        if (checks.RequiredText(subject, "TemplateSubject") && subject.AsSpan().ContainsAny('\r', '\n', '\0'))
            checks.Fail("TemplateSubject must not contain line breaks");
        checks.Length(subject, "TemplateSubject", 1, MaxSubjectLength);
        checks.RequiredText(content, "TemplateContent");
        checks.Length(content, "TemplateContent", 1, MaxContentLength);
        CheckUrl(success, "SuccessRedirectionURL", checks);
        CheckUrl(failure, "FailureRedirectionURL", checks);
        return checks.Error is not null ? null : new CustomVerificationTemplate
        {
            Name = name!, FromEmailAddress = from!, Subject = subject!, Content = content!, SuccessRedirectionUrl = success!,
            FailureRedirectionUrl = failure!,
        };
    }

    /// <summary>Null when mail may be sent from the template's address.</summary>
    public static async ValueTask<SesError?> CheckSender(SesCall call, CustomVerificationTemplate template, CancellationToken cancellationToken)
    {
        var address = Mailbox.TryParse(template.FromEmailAddress, out var mailbox) ? mailbox.Address.ToString() : template.FromEmailAddress;
        return await call.Services.Account.FindIdentityFor(address, cancellationToken) is { IsVerified: true }
            ? null
            : SesError.BadRequest($"FromEmailAddress {MemberChecks.Shown(template.FromEmailAddress)} is not verified.");
    }

    private static void CheckUrl(string? url, string member, MemberChecks checks)
    {
        if (!checks.RequiredText(url, member)) return;
        checks.Length(url, member, 1, MaxUrlLength);

        // It becomes a header, so it has to be ASCII; a browser would be led to nothing else anyway.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https") || !Ascii(url))
            checks.Fail($"{member} must be an http or https URL in ASCII");

        static bool Ascii(string text) => text.All(c => c is > ' ' and <= '~');
    }
}
