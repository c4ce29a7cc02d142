// The setup page: dsdl_hunt.conf by REST, the token into storage/passwords, then a search that tries
// both. It never shows a token. Splunk Web passes requests on to splunkd below splunkd/__raw, and
// wants the value of its cookie in a header with each that changes something.
(function () {
  "use strict";
  var APP = "dsdl_hunt";
  var USER = "api_token";
  var SETTINGS = { url: "hunt-url", ca_path: "hunt-ca", timeout: "hunt-timeout" };
  var CONF = "configs/conf-" + APP + "/container";
  var root = location.pathname.split("/app/")[0];

  function field(id) {
    return document.getElementById(id);
  }

  function say(text, kind) {
    field("hunt-said").textContent = text;
    field("hunt-said").className = kind || "";
  }

  // Cookies are the same for all ports of a machine: the name says which Splunk Web they are of.
  function formKey() {
    var port = window.$C ? window.$C.MRSPARKLE_PORT_NUMBER : "\\d+";
    var found = new RegExp("(?:^|; )splunkweb_csrf_token_" + port + "=([^;]*)").exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  function told(answer, status) {
    var messages = (answer && answer.messages) || [];
    return messages.length ? messages[0].text : "Splunk answers HTTP " + status;
  }

  function request(method, path, values) {
    var query = "?output_mode=json";
    return fetch(root + "/splunkd/__raw/servicesNS/nobody/" + APP + "/" + path + query, {
      method: method,
      credentials: "same-origin",
      headers: { "X-Requested-With": "XMLHttpRequest", "X-Splunk-Form-Key": formKey() },
      body: values && new URLSearchParams(values)
    }).then(function (response) {
      return response.json().catch(function () { return {}; }).then(function (answer) {
        if (!response.ok) {
          throw Object.assign(new Error(told(answer, response.status)), { status: response.status });
        }
        return answer;
      });
    });
  }

  function load() {
    return request("GET", CONF).then(function (answer) {
      var content = answer.entry[0].content;
      Object.keys(SETTINGS).forEach(function (name) {
        field(SETTINGS[name]).value = content[name] || "";
      });
    });
  }

  function saveSettings() {
    var values = {};
    Object.keys(SETTINGS).forEach(function (name) {
      values[name] = field(SETTINGS[name]).value.trim();
    });
    return request("POST", CONF, values);
  }

  function saveToken() {
    var token = field("hunt-token").value.trim();
    if (!token) {
      return Promise.resolve();
    }
    return request("POST", "storage/passwords/" + APP + ":" + USER + ":", { password: token })
      .catch(function (error) {
        if (error.status !== 404) {
          throw error;
        }
        return request("POST", "storage/passwords", { realm: APP, name: USER, password: token });
      });
  }

  function configured() {
    return request("POST", "apps/local/" + APP, { configured: "true" });
  }

  function tried() {
    field("hunt-token").value = "";
    say("Saved. Asking the container ...");
    return request("POST", "search/jobs", { search: "| huntmodels", exec_mode: "oneshot" })
      .then(function (answer) {
        var models = (answer.results || []).length;
        if (!models) {
          throw new Error(told(answer, "200 without models"));
        }
        say("Saved. The container answers: " + models + " models.", "hunt-good");
      })
      .catch(function (error) {
        say("Saved, but the container cannot be used: " + error.message, "hunt-bad");
      });
  }

  function save(event) {
    event.preventDefault();
    if (!/^https?:\/\/[^\s/]+/.test(field("hunt-url").value.trim())) {
      say("Write the URL as https://host:port", "hunt-bad");
      return;
    }
    say("Saving ...");
    saveSettings().then(saveToken).then(configured).then(tried).catch(failed);
  }

  function failed(error) {
    say("Not saved: " + error.message, "hunt-bad");
  }

  // Splunk Web may draw the panel before or after it runs this.
  function begin() {
    if (!field("hunt-setup")) {
      return false;
    }
    field("hunt-setup").addEventListener("submit", save);
    load().catch(function (error) {
      say("Cannot read the settings: " + error.message, "hunt-bad");
    });
    return true;
  }

  if (!begin()) {
    new MutationObserver(function (_, observer) {
      if (begin()) {
        observer.disconnect();
      }
    }).observe(document.documentElement, { childList: true, subtree: true });
  }
})();
