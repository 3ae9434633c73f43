using System.Net;
using System.Text.RegularExpressions;

namespace Silo.Server.Tests.WebConsole;

/// <summary>A browser without scripts: keeps cookies, follows nothing by itself, fills in forms as they stand on the page.</summary>
internal sealed partial class Browser : IDisposable
{
    private readonly HttpClient _client;

    public Browser(Uri server)
    {
        _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = server };
    }

    public CookieContainer Cookies { get; } = new();

    public string Page { get; private set; } = "";

    public HttpResponseMessage Answer { get; private set; } = null!;

    /// <summary>Where the last answer leads, as path and query; null when it is no redirect.</summary>
    public string? LedTo => Answer.Headers.Location is { } to ? (to.IsAbsoluteUri ? to.PathAndQuery : to.ToString()) : null;

    public async Task<HttpStatusCode> Open(string path)
    {
        Answer = await _client.GetAsync(path);
        Page = await Answer.Content.ReadAsStringAsync();
        return Answer.StatusCode;
    }

    /// <summary>Sends the form that belongs to a handler of the page that is open, its hidden fields included.</summary>
    public Task<HttpStatusCode> Submit(string path, string handler, params (string Name, string Value)[] fields)
    {
        var form = Forms().Single(f => f.Contains($"name=\"_handler\" value=\"{handler}\"", StringComparison.Ordinal));
        return Post(path, [.. HiddenFields(form), .. fields]);
    }

    public async Task<HttpStatusCode> Post(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        Answer = await _client.PostAsync(path, content);
        Page = await Answer.Content.ReadAsStringAsync();
        return Answer.StatusCode;
    }

    public async Task SignIn(string id, string secret)
    {
        await Open("/console/sign-in");
        await Submit("/console/sign-in", "sign-in", ("Form.Id", id), ("Form.Secret", secret));
    }

    public void Dispose() => _client.Dispose();

    private IEnumerable<string> Forms() => FormPattern().Matches(Page).Select(m => m.Value);

    private static IEnumerable<(string Name, string Value)> HiddenFields(string form) =>
        HiddenPattern().Matches(form).Select(m => (m.Groups[1].Value, WebUtility.HtmlDecode(m.Groups[2].Value)));

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex FormPattern();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenPattern();
}
