using System.Text.RegularExpressions;
using Silo.Server.Events.Sending;

namespace Silo.Server.Feedback;

/// <summary>Gets what lies at an address of SNS; null when it cannot be had now, or is larger than it may be.</summary>
internal delegate Task<byte[]?> PinnedFetch(Uri address, CancellationToken cancellationToken);

/// <summary>
/// Fetches from the hosts of SNS (<see cref="IsPinned"/>) and the other Silos that are listed, and from nowhere else: no redirects, no
/// cookies, little time and little room.
/// </summary>
internal sealed partial class PinnedFetcher : IDisposable
{
    private const int MaxBytes = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SnsOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public PinnedFetcher(FeedbackOptions options, TimeProvider time)
    {
        (_options, _time) = (options.Sns, time);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 2 };
        _client = new HttpClient(handler) { MaxResponseContentBufferSize = MaxBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>https at sns.&lt;region&gt;.amazonaws.com or .com.cn, the usual port, no user.</summary>
    public static bool IsPinned(string? text, out Uri address)
    {
        address = null!;
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var uri)) return false;
        address = uri;
        if (uri.Scheme != Uri.UriSchemeHttps || !uri.IsDefaultPort || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0) return false;
        var labels = uri.IdnHost.Split('.');
        // Not any label: sns.s3.amazonaws.com is a bucket that somebody called sns.
        return labels is ["sns", { Length: <= 32 }, "amazonaws", "com"] or ["sns", { Length: <= 32 }, "amazonaws", "com", "cn"]
            && Region().IsMatch(labels[1]);
    }

    /// <summary>
    /// As <see cref="IsPinned"/>, and where SNS keeps its certificates, one address for each: whoever may name others chooses what is
    /// fetched.
    /// </summary>
    public static bool IsCertificate(string? text, out Uri address) =>
        IsPinned(text, out address) && address.Query.Length == 0 && Certificate().IsMatch(address.AbsolutePath);

    /// <summary>A listed Silo's certificate.</summary>
    public static bool IsOthersCertificate(SnsOptions options, string? text, out Uri address) =>
        IsOthers(options, text, out address) && address is { AbsolutePath: SnsEnvelope.CertificatePath, Query: "" };

    /// <summary>Where a listed Silo has a subscription confirmed.</summary>
    public static bool IsOthersConfirmation(SnsOptions options, string? text, out Uri address) =>
        IsOthers(options, text, out address) && address.AbsolutePath == SnsEnvelope.ConfirmPath;

    private static bool IsOthers(SnsOptions options, string? text, out Uri address)
    {
        address = null!;
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var uri)) return false;
        address = uri;
        return uri is { UserInfo: "", Fragment: "" }
            && options.OtherSilos.Any(o => new Uri(o).GetLeftPart(UriPartial.Authority) == uri.GetLeftPart(UriPartial.Authority));
    }

    [GeneratedRegex("^[a-z]{2}(-[a-z]+)+-[0-9]\\z", RegexOptions.NonBacktracking)]
    private static partial Regex Region();

    [GeneratedRegex("^/SimpleNotificationService-[0-9a-f]{1,64}\\.pem\\z", RegexOptions.NonBacktracking)]
    private static partial Regex Certificate();

    public async Task<byte[]?> Fetch(Uri address, CancellationToken cancellationToken)
    {
        var text = address.OriginalString;
        if (!IsPinned(text, out _) && !IsOthersCertificate(_options, text, out _) && !IsOthersConfirmation(_options, text, out _)) return null;
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _client.GetAsync(address, either.Token);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(either.Token) : null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
