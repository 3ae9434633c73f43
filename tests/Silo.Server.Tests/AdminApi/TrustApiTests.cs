using System.Net;
using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Server.Tests.Intake.ContentCheck;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class TrustApiTests
{
    private const string Tiers = "/silo/v1/trust-tiers";

    [Fact]
    public async Task Tiers_are_made_and_read_and_a_review_is_found_and_decided()
    {
        var server = new ApiServer();
        await server.InitializeAsync();
        try
        {
            await Ok(server, "PUT", Tiers + "/new", """{"Rank":1,"Default":true,"Policy":"strict","BlastRadius":50,"ContentCheck":"ALWAYS","DemoteOnFinding":true,"Limits":{"SendRate":20,"DailyQuota":500},"Promotion":{"MinDays":0,"MaxBounceRate":0.05,"NeedsReview":true}}""");
            await Ok(server, "PUT", Tiers + "/loose", """{"Rank":5,"Promotion":{"NeedsReview":true}}""");
            await Ok(server, "PUT", Tiers + "/known", """{"Rank":10}""");
            Assert.Equal(
                ["new", "loose", "known"],
                (await Json(server, "GET", Tiers)).GetProperty("TrustTiers").EnumerateArray().Select(t => t.GetProperty("TierName").GetString()));
            var tier = await Json(server, "GET", Tiers + "/new");
            Assert.Equal(
                (1, true, "strict", "ALWAYS", 20, 0.05),
                (tier.GetProperty("Rank").GetInt32(), tier.GetProperty("Default").GetBoolean(), Text(tier, "Policy"), Text(tier, "ContentCheck"),
                    tier.GetProperty("Limits").GetProperty("SendRate").GetInt32(), tier.GetProperty("Promotion").GetProperty("MaxBounceRate").GetDouble()));
            await Fails(server, "PUT", Tiers + "/other", """{"Rank":10}""", HttpStatusCode.Conflict, "rank 10");
            await Fails(server, "PUT", Tiers + "/other", """{"Rank":11,"Default":true}""", HttpStatusCode.Conflict, "default");
            await Fails(server, "PUT", Tiers + "/other", """{"Rank":11,"Policy":"nowhere"}""", HttpStatusCode.NotFound, "nowhere");
            await Fails(server, "PUT", Tiers + "/other", """{"Rank":1001,"Limits":{"SendRate":0}}""", HttpStatusCode.BadRequest, "Limits.SendRate must be");
            await Fails(server, "PUT", Tiers + "/o.r", """{"Rank":11,"Promotion":{"MaxBounceRate":0.7}}""", HttpStatusCode.BadRequest, "TierName must be");

            await Ok(server, "POST", "/v2/email/tenants", """{"TenantName":"young"}""");
            var trust = await Json(server, "GET", "/silo/v1/tenants/young/trust");
            Assert.Equal(("new", "loose", "strict"), (Text(trust, "TierName"), Text(trust, "NextTier"), Text(trust, "TierPolicy")));
            Assert.Equal(500, trust.GetProperty("Limits").GetProperty("DailyQuota").GetInt32());
            Assert.Contains("bounce rate", trust.GetProperty("Missing")[0].GetString(), StringComparison.Ordinal);
            await Fails(server, "GET", "/silo/v1/reviews/young", null, HttpStatusCode.NotFound, "no review");

            await Fails(server, "PUT", "/silo/v1/tenants/young/trust", """{"TierName":"nowhere"}""", HttpStatusCode.NotFound, "nowhere");
            await Ok(server, "PUT", "/silo/v1/tenants/young/trust", """{"TierName":"loose","Cause":"Called them."}""");
            Assert.Equal("loose", Text(await Json(server, "GET", "/silo/v1/tenants/young/trust"), "TierName"));
            var listed = (await Json(server, "GET", "/silo/v1/reviews?State=OPEN")).GetProperty("Reviews")[0];
            Assert.Equal(("young", "OPEN", "PROMOTION", "known"), (Text(listed, "TenantName"), Text(listed, "State"), Text(listed, "Reason"), Text(listed, "ToTier")));
            Assert.Empty((await Json(server, "GET", "/silo/v1/reviews?State=HELD")).GetProperty("Reviews").EnumerateArray());
            var review = await Json(server, "GET", "/silo/v1/reviews/young");
            Assert.Equal(("loose", 0), (Text(review, "TierName"), review.GetProperty("Now").GetProperty("Delivered").GetInt32()));
            Assert.True(review.GetProperty("Reputation").TryGetProperty("History", out _) && review.GetProperty("Reputation").TryGetProperty("Volumes", out _));

            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"APPROVE"}""", HttpStatusCode.BadRequest, "By is required");
            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"APPROVE","By":"eve","AskAgainAt":9}""", HttpStatusCode.BadRequest, "AskAgainAt belongs to DECLINE");
            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"DECLINE","By":"eve","AskAgainAt":9}""", HttpStatusCode.BadRequest, "AskAgainAt must be");
            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"APPROVE","By":"eve","AskedAt":1760000000.5}""", HttpStatusCode.Conflict, "Another review");
            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"APPROVE","By":"eve","AskedAt":9999999999}""", HttpStatusCode.BadRequest, "AskedAt must be");
            var asked = review.GetProperty("Review").GetProperty("AskedAt").GetRawText();
            var decided = await Json(
                server, "POST", "/silo/v1/reviews/young/decision", $$"""{"Decision":"APPROVE","By":"eve","Note":"fine","AskedAt":{{asked}}}""");
            Assert.Equal(("APPROVED", "eve", "fine"), (Text(decided, "State"), Text(decided, "By"), Text(decided, "Note")));
            Assert.Equal("known", Text(await Json(server, "GET", "/silo/v1/tenants/young/trust"), "TierName"));
            await Fails(server, "POST", "/silo/v1/reviews/young/decision", """{"Decision":"HOLD","By":"eve"}""", HttpStatusCode.Conflict, "No review");
            Assert.Empty((await Json(server, "GET", "/silo/v1/reviews")).GetProperty("Reviews").EnumerateArray());

            await Ok(server, "DELETE", Tiers + "/known");
            Assert.Equal("loose", Text(await Json(server, "GET", "/silo/v1/tenants/young/trust"), "TierName"));
            await Fails(server, "GET", Tiers + "/known", null, HttpStatusCode.NotFound, "known");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_checker_that_is_configured_sees_what_the_api_takes()
    {
        await using var rspamd = await FakeRspamd.Start();
        rspamd.Says("soft reject", 30);
        var server = new ApiServer();
        server.Settings["Silo:ContentCheck:Url"] = rspamd.Url;
        server.Settings["Silo:ContentCheck:RejectAt:0"] = "soft reject";
        await server.InitializeAsync();
        try
        {
            await Ok(server, "POST", "/v2/email/identities", """{"EmailIdentity":"example.com"}""");
            await Ok(server, "POST", "/v2/email/outbound-emails", """{"FromEmailAddress":"s@example.com","Destination":{"ToAddresses":["r@example.net"]},"Content":{"Simple":{"Subject":{"Data":"s"},"Body":{"Text":{"Data":"t"}}}}}""");
            Assert.Single(rspamd.Seen);
            Assert.Equal(1, (await server.Services.Tenants.Get(TenantName.Account).Describe(default))!.Books.Rejected);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static async Task<JsonElement> Json(ApiServer server, string method, string path, string? body = null) =>
        JsonDocument.Parse(await Ok(server, method, path, body)).RootElement;

    private static async Task<string> Ok(ApiServer server, string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {response.StatusCode} {answer}");
        return answer;
    }

    private static async Task Fails(ApiServer server, string method, string path, string? body, HttpStatusCode status, string said)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(
            response.StatusCode == status && answer.Contains(said, StringComparison.Ordinal), $"{method} {path}: {response.StatusCode} {answer}");
    }
}
