using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>Tests which redirections a download follows.</summary>
public sealed class RedirectionTests
{
    [Fact]
    public async Task Redirections_are_followed_and_the_range_with_them()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("302 Found", "Location: /there"), Answers.Broken(getting.Content, 100_000),
            Answers.Status("301 Moved Permanently", "Location: /there"), Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal(["/file.bin", "/there", "/file.bin", "/there"], server.Requests.Select(request => request.Path));
        Assert.StartsWith("bytes=", server.Requests[3]["range"]);
    }

    [Fact]
    public async Task A_circle_is_left()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("302 Found", "Location: /file.bin"));
        Assert.Contains("without end", await getting.Failure(server, options: Getting.Quick with { Redirections = 4 }));
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task A_redirection_to_nowhere_is_said()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("302 Found"));
        Assert.Contains("without saying where", await getting.Failure(server));
    }

    [Fact]
    public async Task Http_leads_to_https_but_not_back()
    {
        using var getting = new Getting();
        using var certificate = Certificate();
        using var open = new ScriptedServer(Answers.File(getting.Content));
        using var secure = new ScriptedServer(certificate,
            Answers.File(getting.Content), Answers.Status("302 Found", $"Location: {open["file.bin"]}"));
        using var from = new ScriptedServer(Answers.Status("302 Found", $"Location: {secure["file.bin"]}"));
        using var downloader = TrustingDownloader(certificate);

        await downloader.DownloadAsync(from["file.bin"], getting.Target, getting.Checksum, 300_000, getting, Getting.Stop);
        getting.AssertGot();

        File.Delete(getting.Target);
        var refused = await Assert.ThrowsAsync<UserErrorException>(
            () => downloader.DownloadAsync(secure["file.bin"], getting.Target, getting.Checksum, stop: Getting.Stop));
        Assert.Contains($"redirects from https to {open["file.bin"]}", refused.Message);
        Assert.Empty(open.Requests);
        Assert.Empty(getting.Files);
    }

    [Fact]
    public async Task An_untrusted_certificate_is_refused_at_once()
    {
        using var getting = new Getting();
        using var certificate = Certificate();
        using var secure = new ScriptedServer(certificate, Answers.File(getting.Content));
        Assert.Contains("certificate", await getting.Failure(secure));
        Assert.Empty(secure.Requests);
        Assert.Empty(getting.Reported<DownloadRetrying>());
    }

    private static Downloader TrustingDownloader(X509Certificate2 certificate)
    {
        var handler = Downloader.Handler(Getting.Quick);
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString(),
        };
        return new(Getting.Quick, handler);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=pupil-tests", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
