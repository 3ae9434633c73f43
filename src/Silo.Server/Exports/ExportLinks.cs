using System.Globalization;
using System.Text;
using Silo.Server.PublicWeb;
using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>
/// Links to files of exports: on the public listener, signed, good for a while. Whoever has one reads the file; nothing else is asked, as with
/// a pre-signed URL of S3.
/// </summary>
internal sealed class ExportLinks(
    LinkTokens tokens, PublicLinks links, ExportJobs jobs, IExportStore files, ExportOptions options, TimeProvider time)
{
    public const string Path = "/e/";

    public string To(ExportJob job)
    {
        var until = (time.GetUtcNow() + options.LinkLifetime).ToUnixTimeSeconds();
        return links.To(Path + tokens.Write(
            LinkPurpose.Export, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{until}:{job.Id}"))));
    }

    /// <summary>The file behind a link. What is not there, not any more, or not ready looks alike.</summary>
    public async Task Serve(HttpContext context)
    {
        if (await Find(context.Token(), context.RequestAborted) is not { } job)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var response = context.Response;
        response.ContentType = job.IsJson ? "application/x-ndjson" : "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"export-{job.Id}.{(job.IsJson ? "ndjson" : "csv")}\"";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        for (var part = 0; part < job.Parts; part++)
        {
            if (await files.Read(job.File, part, context.RequestAborted) is not { } packed)
            {
                // It went meanwhile: half a file must not look like a whole one.
                context.Abort();
                return;
            }

            await response.Body.WriteAsync(ExportFile.Unpack(packed), context.RequestAborted);
        }
    }

    private async ValueTask<ExportJob?> Find(string token, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(LinkPurpose.Export, token, out var payload)) return null;
        var text = Encoding.ASCII.GetString(payload);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !long.TryParse(text.AsSpan(0, colon), CultureInfo.InvariantCulture, out var until)) return null;
        if (time.GetUtcNow().ToUnixTimeSeconds() >= until) return null;
        return (await jobs.Get(text[(colon + 1)..], cancellationToken))?.Job is { Status: ExportStatus.Completed, Parts: > 0 } job ? job : null;
    }
}
