using System.Net;
using System.Text.Json;
using Silo.Server.Access;
using Silo.Server.Tests.Access;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.CallLimits;

public sealed class LimitedServerTests : IAsyncLifetime
{
    private const string Read = "/v2/email/tenants/get";
    private const string Acme = """{"TenantName":"acme"}""";

    private readonly ApiServer _server = new();

    public Task InitializeAsync()
    {
        _server.Settings["Silo:Limits:TenantKeys:Reads:PerSecond"] = "0.002";
        _server.Settings["Silo:Limits:TenantKeys:Reads:Burst"] = "2";
        return _server.InitializeAsync();
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_key_beyond_its_rate_is_told_when_to_come_back_in_the_words_of_SES_and_nobody_uses_up_what_is_anothers()
    {
        await Ok("POST", "/v2/email/tenants", Acme);
        var key = await NewKey();

        // Who only knows the id of a key takes nothing from it.
        var forged = key with { Secret = "guessed" };
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Forbidden, (await _server.Send("POST", Read, Acme, by: forged)).Response.StatusCode);

        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await _server.Send("POST", Read, Acme, by: key)).Response.StatusCode);
        var (response, body) = await _server.Send("POST", Read, Acme, by: key);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("TooManyRequestsException", response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(500, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Contains("Rate exceeded: this key may make 0.002 such calls a second.", body);

        // Nor is there a way around it by what is refused.
        Assert.Equal(
            HttpStatusCode.TooManyRequests, (await _server.Send("POST", Read, """{"TenantName":"globex"}""", by: key)).Response.StatusCode);
        var other = await NewKey();
        Assert.Equal(HttpStatusCode.OK, (await _server.Send("POST", Read, Acme, by: other)).Response.StatusCode);
        await Ok("POST", Read, Acme);
    }

    private async Task<AccessKey> NewKey() =>
        AccessServer.KeyOf(await Ok("POST", "/silo/v1/credentials", """{"Kind":"TENANT","TenantName":"acme"}"""));

    private async Task<JsonElement> Ok(string method, string path, string body)
    {
        var (response, text) = await _server.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
