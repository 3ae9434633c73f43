using Silo.Core.Addresses;
using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

/// <summary>What a person is told of the account. SES has its people review them; here nobody does, so they are granted at once.</summary>
internal static class PutAccountDetails
{
    private const int MaxWebsiteLength = 1_000;
    private const int MaxDescriptionLength = 5_000;
    private const int MaxContacts = 4;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountDetails", "POST", "/v2/email/account/details", SesJson.Default.PutAccountDetailsRequest, Handle) with
    {
        Deviation = "There is no review and no sandbox: the details are GRANTED at once, and ConflictException does not occur.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutAccountDetailsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.MailType, "MailType")) checks.OneOf(request.MailType, "MailType", "MARKETING", "TRANSACTIONAL");
        CheckWebsite(request.WebsiteURL, checks);
        checks.OneOf(request.ContactLanguage, "ContactLanguage", "EN", "JA");
        checks.Length(request.UseCaseDescription, "UseCaseDescription", 0, MaxDescriptionLength);
        CheckContacts(request.AdditionalContactEmailAddresses, checks);
        if (checks.Error is { } refused) return refused;
        var details = new AccountDetails(
            request.MailType!, request.WebsiteURL!, request.ContactLanguage, request.UseCaseDescription,
            request.AdditionalContactEmailAddresses is { } contacts ? [.. contacts.Select(c => c!)] : null);
        var change = await call.Services.Account.ChangeSettings(settings => settings with { Details = details }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }

    private static void CheckWebsite(string? url, MemberChecks checks)
    {
        if (!checks.RequiredText(url, "WebsiteURL")) return;
        checks.Length(url, "WebsiteURL", 1, MaxWebsiteLength);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            checks.Fail("WebsiteURL must be an http or https URL");
    }

    private static void CheckContacts(IReadOnlyList<string?>? contacts, MemberChecks checks)
    {
        if (contacts is null || !checks.Items(contacts, "AdditionalContactEmailAddresses", MaxContacts)) return;
        if (contacts.Count == 0) checks.Fail($"AdditionalContactEmailAddresses must have 1 to {MaxContacts} items");
        for (var i = 0; i < contacts.Count; i++)
        {
            checks.Length(contacts[i], $"AdditionalContactEmailAddresses[{i}]", 6, 254);
            if (!EmailAddress.TryParse(contacts[i]!, out _)) checks.Fail($"AdditionalContactEmailAddresses[{i}] must be an address");
        }
    }
}

internal sealed record PutAccountDetailsRequest(
    string? MailType, string? WebsiteURL, string? ContactLanguage, string? UseCaseDescription,
    IReadOnlyList<string?>? AdditionalContactEmailAddresses, bool? ProductionAccessEnabled);
