// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.cli.probe.ProbeOutcome.Verdict;
import io.lamella.vm.guest.GuestReport;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ProbeReportTest {
    private static final String FOUND = "<6>[ 1.0] nouveau 0000:00:04.0: NVIDIA AD102 (192000a1)";
    private static final String UP = "<6>[ 2.0] [drm] Initialized nouveau 1.4.0 for 0000:00:04.0 on minor 0";
    private static final String BAD = "<3>[ 1.5] nouveau 0000:00:04.0: gsp: init failed, -110";

    private static ProbeCase probed(String driver, List<String> modules) {
        return new ProbeCase("AD102", "vgpu", "L40-8Q", "7.3.4-mine", driver, modules);
    }

    private static ProbeOutcome judge(ProbeCase probed, String... log) {
        return ProbeOutcome.judge(
                probed, 12.5, GuestReport.parse(List.of(log)), List.of(log), List.of("The GPU has a hint."));
    }

    private static ProbeOutcome nouveau(String... log) {
        return judge(probed("nouveau", List.of("nouveau")), log);
    }

    @Test
    void passesOnlyADriverThatIsUpWithoutAComplaint() {
        assertThat(nouveau(FOUND, UP).verdict()).isEqualTo(Verdict.PASSED);
        assertThat(nouveau(FOUND, UP).problems()).isEmpty();
        assertThat(nouveau().sentence()).isEqualTo("nouveau did not say that it found a GPU.");
        assertThat(nouveau(FOUND).sentence()).isEqualTo("nouveau found the AD102 and did not initialise it.");
        assertThat(nouveau(FOUND.replace("AD102", "GB202"), UP).sentence())
                .isEqualTo("nouveau took the AD102 for GB202.");
        ProbeOutcome complained = nouveau(FOUND, BAD, UP);
        assertThat(complained.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(complained.sentence())
                .startsWith("nouveau is up, and complained: ")
                .contains("init failed");
        assertThat(complained.problems()).hasSize(2).last().isEqualTo("The GPU has a hint.");
    }

    @Test
    void takesNovasCoreAloneAtItsLastWord() {
        String chip = "<6>[ 1.0] nova-core 0000:00:04.0: NVIDIA (Chipset: AD102, Architecture: Ada, Revision: a.1)";
        String name = "<6>[ 1.2] nova-core 0000:00:04.0: GPU name: NVIDIA L40";
        ProbeCase core = probed("nova_core", List.of("nova_core"));
        ProbeCase both = probed("nova", List.of("nova_core", "nova_drm"));
        assertThat(judge(core, chip).verdict()).isEqualTo(Verdict.FAILED);
        assertThat(judge(core, chip, name).verdict()).isEqualTo(Verdict.PASSED);
        assertThat(judge(core, chip, name).sentence()).isEqualTo("AD102, NVIDIA L40");
        assertThat(judge(both, chip, name).verdict()).isEqualTo(Verdict.FAILED);
        assertThat(judge(
                                both,
                                chip,
                                name,
                                "<6>[ 2.0] [drm] Initialized nova-drm 0.0.0 for nova_core.nova-drm.0 on minor 0")
                        .verdict())
                .isEqualTo(Verdict.PASSED);
    }

    @Test
    void writesAReportThatBuildServersRead() throws Exception {
        String nasty = "]]> <tag> & \"quotes\" \u0000\u001b[31m\ud800 \ufffe\r\n\u00e4\ud83d\ude00";
        List<ProbeOutcome> outcomes = List.of(
                nouveau(FOUND, UP),
                nouveau(FOUND, BAD, nasty),
                ProbeOutcome.error(probed("nouveau", List.of("nouveau")), 3, "The VM ended: " + nasty, List.of(nasty)));
        Map<String, String> properties = Map.of("kernel", nasty);
        for (List<ProbeOutcome> some : List.of(outcomes, List.<ProbeOutcome>of())) {
            String xml = JUnitXml.of(some, Instant.parse("2026-11-22T19:27:09.5Z"), "ci<1>", properties);
            SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                    .newSchema(ProbeReportTest.class.getResource("junit.xsd"))
                    .newValidator()
                    .validate(new StreamSource(new StringReader(xml)));
        }
        String xml = JUnitXml.of(outcomes, Instant.EPOCH, "ci<1>", properties);
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        Element suite = (Element) document.getElementsByTagName("testsuite").item(0);
        assertThat(suite.getAttribute("tests")).isEqualTo("3");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(suite.getAttribute("errors")).isEqualTo("1");
        assertThat(suite.getAttribute("time")).isEqualTo("28.000");
        assertThat(suite.getAttribute("timestamp")).isEqualTo("1970-01-01T00:00:00");
        assertThat(suite.getAttribute("hostname")).isEqualTo("ci<1>");
        Element failure = (Element) document.getElementsByTagName("failure").item(0);
        assertThat(failure.getTextContent()).contains("init failed, -110", "The GPU has a hint.");
        Element error = (Element) document.getElementsByTagName("error").item(0);
        assertThat(error.getAttribute("message")).contains("]]> <tag> & \"quotes\" ??[31m? ?", "\u00e4\ud83d\ude00");
        assertThat(document.getElementsByTagName("system-out").item(0).getTextContent())
                .contains(FOUND);
    }
}
