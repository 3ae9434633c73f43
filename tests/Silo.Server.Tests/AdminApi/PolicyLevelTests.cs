using System.Net;
using System.Text.Json;
using Silo.Core.Reputation;
using Silo.Server.AdminApi;
using Silo.Server.Tenants;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

/// <summary>At which error levels rates are judged, as it is shown.</summary>
public sealed class PolicyLevelTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Path = "/silo/v1/policies/";

    [Fact]
    public async Task A_policy_that_is_put_back_as_it_was_read_judges_as_before()
    {
        await Put("levels-open", """{"Findings":[{"Type":"BOUNCE","Low":0.05}]}""");
        var before = await Read("levels-open");
        Assert.Equal((0.00135, 0.024, 0.0105), Levels(before));
        await Put("levels-open", Members(before));
        Assert.Equal(before.GetProperty("ErrorLevels").ToString(), (await Read("levels-open")).GetProperty("ErrorLevels").ToString());

        await Put("levels-own", """{"ErrorLevel":0.002}""");
        var own = await Read("levels-own");
        Assert.Equal((0.002, 0.002, 0.002), Levels(own));
        await Put("levels-own", Members(own));
        Assert.Equal((0.002, 0.002, 0.002), Levels(await Read("levels-own")));
        Assert.Equal((0.00135, 0.024, 0.0105), Levels(await Read("standard")));
    }

    [Fact]
    public void Shown_bounds_are_those_that_decide()
    {
        var volume = new ReputationVolume { Resolved = 1_000, HardBounces = 100, FeedbackLoopDelivered = 900, Complaints = 9 };
        var row = new ReputationRow(ReputationWindow.Day, null, volume);
        var shown = VolumeShape.Of(row, ReputationThresholds.Default);
        Assert.Equal(BetaBounds.Lower(volume.HardBounces, volume.Resolved, 0.00135 / 3), shown.BounceRateLower);
        Assert.Equal(BetaBounds.Lower(9, 900, 0.024 / 3), shown.ComplaintRateLower);
        Assert.Equal(BetaBounds.Upper(9, 900, 0.00135 / 3), shown.ComplaintRateUpper);
    }

    private static (double Standard, double Low, double High) Levels(JsonElement policy)
    {
        var levels = policy.GetProperty("ErrorLevels");
        return (Of("Standard"), Of("ComplaintLow"), Of("ComplaintHigh"));

        double Of(string name) => levels.GetProperty(name).GetDouble();
    }

    // What a request takes of what an answer holds.
    private static string Members(JsonElement policy)
    {
        var members = policy.EnumerateObject().Where(m => m.Name is "Findings" or "ErrorLevel" or "QuietHours");
        return "{" + string.Join(',', members.Select(m => $"\"{m.Name}\":{m.Value.GetRawText()}")) + "}";
    }

    private async Task Put(string name, string body)
    {
        var (response, answer) = await server.Send("PUT", Path + name, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
    }

    private async Task<JsonElement> Read(string name)
    {
        var (response, answer) = await server.Send("GET", Path + name);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return JsonDocument.Parse(answer).RootElement;
    }
}
