namespace Silo.Server.PublicWeb;

/// <summary>Where links in mail lead.</summary>
internal sealed class PublicLinks(PublicOptions options)
{
    private volatile string _base = (options.BaseUrl ?? options.Url).TrimEnd('/');

    /// <summary>Without a slash at the end, as https://click.example.com.</summary>
    public string Base => _base;

    /// <summary>Needed for one-click unsubscribing (RFC 8058 3.1).</summary>
    public bool IsHttps => _base.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <param name="path">With its slash in front, as "/u/" and a token.</param>
    public string To(string path) => _base + path;

    /// <summary>Takes up the port that was free, where links lead to the listener itself.</summary>
    public void ListensAt(string url)
    {
        if (options.BaseUrl is null) _base = url.TrimEnd('/');
    }
}
