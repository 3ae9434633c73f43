using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Suppression;

public sealed class SuppressionSettingsTests
{
    private static readonly string[] Both = ["BOUNCE", "COMPLAINT"];
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // Nobody says anything but the account.
    [InlineData(null, null, null, null, false, true, true)]
    [InlineData(null, null, "TENANT", "BOUNCE", true, true, false)]
    [InlineData(null, null, "ACCOUNT", "COMPLAINT", false, false, true)]
    [InlineData(null, null, "TENANT", "", true, false, false)]
    // Of a set, scope and reasons each by itself.
    [InlineData("ACCOUNT", null, "TENANT", "BOUNCE", false, true, false)]
    [InlineData(null, "COMPLAINT", "TENANT", "BOUNCE", true, false, true)]
    [InlineData("TENANT", "", null, null, true, false, false)]
    [InlineData("TENANT", null, null, null, true, true, true)]
    public void A_configuration_set_goes_before_the_tenant_and_that_before_the_account(
        string? setScope, string? setReasons, string? tenantScope, string? tenantReasons, bool ofTenant, bool bounces, bool complaints)
    {
        var tenant = tenantScope is null ? null : new TenantSuppression(tenantScope, Reasons(tenantReasons)!);
        var settings = SuppressionSettings.Resolve(setScope, Reasons(setReasons), tenant, Both, isAccount: false);
        Assert.Equal(new SuppressionSettings(ofTenant, bounces, complaints), settings);
    }

    [Fact]
    public void Mail_without_a_tenant_has_the_accounts_list_alone() =>
        Assert.False(SuppressionSettings.Resolve("TENANT", null, null, Both, isAccount: true).OfTenant);

    [Fact]
    public void A_recipient_is_found_in_any_case_on_the_list_that_holds_for_a_reason_that_holds()
    {
        ListedAddress[] listed =
        [
            new("Bob@Example.net", true, SuppressionReason.Bounce), new("bob@example.net", true, SuppressionReason.Complaint),
            new("eve@example.net", false, SuppressionReason.Bounce),
        ];
        var ofTenant = new SuppressionSettings(true, true, true);
        Assert.Equal(SuppressionReason.Complaint, ofTenant.Find("BOB@example.net", listed));
        Assert.Equal(SuppressionReason.Bounce, (ofTenant with { Complaints = false }).Find("BOB@example.net", listed));
        Assert.Null(ofTenant.Find("eve@example.net", listed));
        Assert.Equal(SuppressionReason.Bounce, (ofTenant with { OfTenant = false }).Find("EVE@EXAMPLE.NET", listed));
        Assert.Null(new SuppressionSettings(false, false, true).Find("eve@example.net", listed));
    }

    [Fact]
    public void Hard_bounces_and_complaints_put_an_address_there_and_nothing_else_does()
    {
        var settings = new SuppressionSettings(true, true, true);
        var bounce = new TenantEvent { Kind = TenantEventKind.HardBounced, At = Noon, MessageId = "m", Recipient = "r@example.net" };
        Assert.Equal(
            new NewSuppression(true, new SuppressionEntry("r@example.net", SuppressionReason.Bounce, Noon) { MessageId = "m" }),
            settings.EntryFor(bounce));
        Assert.Equal(SuppressionReason.Complaint, settings.EntryFor(bounce with { Kind = TenantEventKind.Complained })!.Entry.Reason);
        Assert.Null((settings with { Bounces = false }).EntryFor(bounce));
        Assert.Null(settings.EntryFor(bounce with { Simulated = true }));
        Assert.Null(settings.EntryFor(bounce with { CommonCause = true }));
        Assert.Null(settings.EntryFor(bounce with { Kind = TenantEventKind.Complained, ComplaintType = "not-spam" }));
        foreach (var kind in Enum.GetValues<TenantEventKind>().Except([TenantEventKind.HardBounced, TenantEventKind.Complained]))
            Assert.Null(settings.EntryFor(bounce with { Kind = kind }));
    }

    private static string[]? Reasons(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
