using Silo.Server.Access;

namespace Silo.Server.Lists.Imports;

/// <summary>Files behind the S3 URLs of import jobs.</summary>
internal sealed class ImportFiles(ImportOptions options)
{
    private const string Scheme = "s3://";
    private const int MaxUrlCharacters = 1_100;

    /// <summary>Bytes of a file: a kilobyte for each of a million contacts.</summary>
    public const long MaxBytes = 1L << 30;

    /// <summary>The file, or why it cannot be read. Nothing outside the bucket's directory is reached, also not by links.</summary>
    public (string? Path, string? Problem) Find(string url)
    {
        if (!TryParse(url, out var bucketName, out var key)) return (null, "S3Url must be of the form s3://bucket/key");
        if (Bucket(bucketName) is not { } bucket) return (null, $"The bucket {bucketName} is not one of Silo:Imports:Buckets");
        var path = System.IO.Path.GetFullPath(bucket.Directory);
        foreach (var segment in key.Split('/'))
        {
            if (segment is "" or "." or ".." || segment.AsSpan().ContainsAny('\\', '\0', ':'))
                return (null, "S3Url has a key that leads nowhere");
            path = System.IO.Path.Combine(path, segment);
            if (new FileInfo(path).LinkTarget is not null) return (null, "S3Url leads over a link");
        }

        var file = new FileInfo(path);
        if (!file.Exists) return (null, $"There is no file at {url}");
        // Pipes, sockets and devices have no length; to open a pipe would wait for whoever writes to it.
        if (file.Length == 0) return (null, $"There is nothing in the file at {url}, or it is no regular file");
        return file.Length <= MaxBytes ? (path, null) : (null, $"The file at {url} has more than {MaxBytes} bytes");
    }

    /// <summary>Whether a caller may import from the bucket of a URL.</summary>
    public bool MayRead(Caller caller, string url) => caller.Kind != CredentialKind.Tenant
        || (TryParse(url, out var name, out _) && Bucket(name) is { TenantName: { } owner } && owner == caller.TenantName);

    /// <summary>Whether this silo has the bucket of a URL.</summary>
    public bool Has(string url) => TryParse(url, out var name, out _) && Bucket(name) is not null;

    private ImportBucketOptions? Bucket(string name) => options.Buckets.FirstOrDefault(b => b.Name == name);

    private static bool TryParse(string url, out string bucket, out string key)
    {
        (bucket, key) = ("", "");
        if (url.Length > MaxUrlCharacters || !url.StartsWith(Scheme, StringComparison.Ordinal)) return false;
        var rest = url[Scheme.Length..];
        var slash = rest.IndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1) return false;
        (bucket, key) = (rest[..slash], rest[(slash + 1)..]);
        return true;
    }
}
